// The live preview of a template: what is typed is posted, the answer is shown. Nothing is written.
"use strict";

(() => {
    const WAIT = 350; // milliseconds after the last key
    const FIELDS = "[name=tasks], [name=variables], [name^='value-']";

    const follow = (panel) => {
        let timer = 0;
        let asked = null;

        const say = (text) => {
            const line = document.createElement("p");
            line.className = "th-refusal";
            line.setAttribute("role", "status");
            line.textContent = text;
            panel.querySelector("[data-result]").replaceChildren(line);
        };

        const show = (page) => {
            const result = page.querySelector("[data-result]");
            if (!result) { say("There is no preview: you may have been logged out. Copy what you need and load the page again."); return; }
            const old = panel.querySelector("[data-values]");
            const values = page.querySelector("[data-values]");
            // Inputs in which somebody may be typing stay, as long as they are the same ones; while
            // the variables are faulty, too.
            if (old && values.dataset.values && old.dataset.values !== values.dataset.values) { old.replaceWith(values); }
            panel.querySelector("[data-result]").replaceWith(result);
        };

        const ask = async () => {
            asked?.abort();
            const mine = asked = new AbortController();
            const body = new URLSearchParams();
            document.querySelectorAll(FIELDS).forEach((input) => body.append(input.name, input.value));
            panel.setAttribute("aria-busy", "true");
            try {
                const answer = await fetch(panel.dataset.preview, {
                    method: "POST",
                    body,
                    headers: { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value },
                    signal: mine.signal,
                });
                const text = await answer.text();
                if (answer.ok || answer.status === 413) {
                    show(new DOMParser().parseFromString(text, "text/html"));
                } else {
                    say(`There is no preview (answer ${answer.status}): the draft may be too large, or you may not write templates any more.`);
                }
            } catch (error) {
                if (error.name !== "AbortError") { say("There is no preview: TaskHub cannot be reached."); }
            } finally {
                if (asked === mine) { panel.removeAttribute("aria-busy"); }
            }
        };

        const later = () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); };
        document.addEventListener("input", (event) => { if (event.target.matches?.(FIELDS)) { later(); } });
        // After a refused form, or when the browser has put back what was typed.
        const isTyped = (input) => input.value !== input.defaultValue && input.matches("textarea");
        const refused = document.querySelector("#content [aria-invalid='true'], #content .errornote");
        if (refused || [...document.querySelectorAll(FIELDS)].some(isTyped)) { ask(); }
    };

    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll("[data-preview]").forEach(follow);
    });
})();
