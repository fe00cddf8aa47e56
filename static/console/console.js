// Unfold's gaps in keyboard and screen-reader use, mended from outside. Runs in <head>, after htmx.
"use strict";

// The indicator's inline style would break the Content-Security-Policy; the console does without.
if (window.htmx) { window.htmx.config.includeIndicatorStyles = false; }

(() => {
    const CLICKABLE = "a:not([href]), [x-on\\:click], [\\@click]";
    const NATIVE = new Set(["A", "BUTTON", "INPUT", "SELECT", "TEXTAREA", "LABEL", "SUMMARY"]);

    const NAMES = {
        add: "Add", arrow_back: "Back", close: "Close", dock_to_right: "Toggle sidebar", menu: "Menu",
        more_vert: "More actions", search: "Search", unfold_more: "Account menu",
    };
    const ICON = ".material-symbols-outlined";

    const wordsOf = (element) => {
        const copy = element.cloneNode(true);
        copy.querySelectorAll(ICON).forEach((icon) => icon.remove());
        return element.matches(ICON) ? "" : copy.textContent.trim();
    };

    const nameOf = (element) => {
        const icon = (element.matches(ICON) ? element : element.querySelector(ICON))?.textContent.trim() || "";
        return element.title || NAMES[icon] || icon.replaceAll("_", " ") || "Close panel";
    };

    // An icon is a word in a font of pictures: it must not be read out, its control needs a name.
    const mendIcons = (root) => {
        for (const control of root.querySelectorAll("a[href], button, [role=button]")) {
            if (control.querySelector(ICON) && !wordsOf(control) && !control.hasAttribute("aria-label")) {
                control.setAttribute("aria-label", nameOf(control));
            }
        }
        root.querySelectorAll(`${ICON}:not([role=button])`).forEach((icon) => icon.setAttribute("aria-hidden", "true"));
    };

    const mendControls = (root) => {
        for (const element of root.querySelectorAll(CLICKABLE)) {
            const native = NATIVE.has(element.tagName) && (element.tagName !== "A" || element.hasAttribute("href"));
            if (native || element.dataset.keyboard || element.querySelector("a[href], button, input")) { continue; }
            element.dataset.keyboard = "1";
            element.setAttribute("tabindex", "0");
            if (!element.hasAttribute("role")) { element.setAttribute("role", "button"); }
            if (!element.hasAttribute("aria-label") && !wordsOf(element)) {
                element.setAttribute("aria-label", nameOf(element));
            }
            element.addEventListener("keydown", (event) => {
                if (event.target === element && (event.key === "Enter" || event.key === " ")) {
                    event.preventDefault();
                    element.click();
                }
            });
        }
    };

    const mendLandmarks = () => {
        document.getElementById("main")?.setAttribute("role", "main");
        document.querySelector("#nav-sidebar, #nav-sidebar-inner")?.setAttribute("aria-label", "Main menu");
    };

    // select2 makes a combobox of its own; it gets the name of the label that it hides.
    const mendSelects = (root) => {
        for (const select of root.querySelectorAll("select.select2-hidden-accessible")) {
            const label = select.id && document.querySelector(`label[for="${select.id}"]`);
            const name = (label ? label.textContent : select.name.split("__")[0]).trim().replace("*", "");
            const box = select.nextElementSibling;
            box?.querySelectorAll("[role=combobox], [role=textbox]").forEach((part) => {
                part.removeAttribute("aria-labelledby");
                part.setAttribute("aria-label", name);
            });
        }
    };

    // A placeholder is no name: it goes when one types.
    const mendInputs = (root) => {
        for (const input of root.querySelectorAll("input[placeholder]:not([aria-label])")) {
            if (!input.labels?.length) { input.setAttribute("aria-label", input.placeholder); }
        }
    };

    const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']";
    let returnTo = null;

    // A dialog is announced, takes the focus, keeps Tab inside and gives the focus back.
    const mendDialog = (content) => {
        const dialog = content.querySelector("#dialog");
        if (!dialog) { return; }
        content.setAttribute("role", "dialog");
        content.setAttribute("aria-modal", "true");
        content.setAttribute("aria-label", dialog.querySelector("h1")?.textContent.trim() || "Dialog");
        returnTo ??= document.activeElement;
        // It is shown a moment later, on a busy machine a long one: what is hidden takes no focus.
        const first = dialog.querySelector("textarea, input:not([type=hidden]), select") || dialog.querySelector(FOCUSABLE);
        const focusOnceShown = (tries) => {
            if (!first?.isConnected || !tries) { return; }
            if (!first.getClientRects().length) { setTimeout(() => focusOnceShown(tries - 1), 60); return; }
            first.focus();
        };
        setTimeout(() => focusOnceShown(50), 60);
    };

    document.addEventListener("keydown", (event) => {
        const content = document.getElementById("modal-content");
        if (!content || content.offsetParent === null && getComputedStyle(content).position !== "fixed" || !content.getClientRects().length) { return; }
        if (event.key === "Escape") { returnTo?.focus(); returnTo = null; }
        if (event.key !== "Tab") { return; }
        const stops = [...content.querySelectorAll(FOCUSABLE)].filter((stop) => stop.getClientRects().length);
        if (!stops.length) { return; }
        const first = stops[0];
        const last = stops.at(-1);
        const outside = !content.contains(document.activeElement);
        if (event.shiftKey && (document.activeElement === first || outside)) { last.focus(); event.preventDefault(); }
        if (!event.shiftKey && (document.activeElement === last || outside)) { first.focus(); event.preventDefault(); }
    });

    const mend = (root) => { mendControls(root); mendIcons(root); mendSelects(root); mendInputs(root); };

    // After a refused form: lead to the first field that must be mended.
    const showFirstError = () => {
        const field = document.querySelector("#content [aria-invalid='true']");
        if (field) { field.scrollIntoView({ block: "center" }); field.focus({ preventScroll: true }); }
    };

    // What was typed and not saved: the browser asks before it is lost.
    const guardInput = (form) => {
        const first = new URLSearchParams(new FormData(form)).toString();
        let leaving = false;
        form.addEventListener("submit", () => { leaving = true; });
        window.addEventListener("beforeunload", (event) => {
            if (!leaving && new URLSearchParams(new FormData(form)).toString() !== first) { event.preventDefault(); }
        });
    };

    // While a long POST runs: how far it is. Without this the form works all the same.
    const showProgress = (form) => {
        const line = form.querySelector(".th-progress");
        form.addEventListener("submit", () => {
            form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
            line.hidden = false;
            const ask = async () => {
                const answer = await fetch(form.dataset.progress, { headers: { Accept: "application/json" } });
                const { progress } = await answer.json();
                if (!progress) { return; }
                const bar = line.querySelector("progress");
                bar.max = progress.of;
                bar.value = progress.number;
                line.querySelector("span").textContent = `Step ${progress.number} of ${progress.of}: ${progress.step}${progress.tasks ? `, ${progress.tasks} tasks` : ""}`;
            };
            setInterval(() => ask().catch(() => {}), 700); // the answer to the POST ends it
        });
    };

    document.addEventListener("DOMContentLoaded", () => {
        showFirstError();
        document.querySelectorAll("form[data-unsaved]").forEach(guardInput);
        document.querySelectorAll("form[data-progress]").forEach(showProgress);
        mendLandmarks();
        mend(document);
        setTimeout(() => mend(document), 300); // after select2 and Alpine have built theirs
    });
    document.addEventListener("htmx:afterSwap", (event) => {
        mend(event.target);
        if (event.target.id === "modal-content") { mendDialog(event.target); }
    });
})();
