// Redoc's bundle loads its maker's logo from a host of theirs and has no option against it.
"use strict";

(() => {
    const FOREIGN = "https://cdn.redoc.ly/";
    const EMPTY = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
    const local = (value) => (String(value).startsWith(FOREIGN) ? EMPTY : value);
    const { setAttribute } = HTMLImageElement.prototype;
    HTMLImageElement.prototype.setAttribute = function (name, value) {
        return setAttribute.call(this, name, name === "src" ? local(value) : value);
    };
    const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
    Object.defineProperty(HTMLImageElement.prototype, "src", {
        ...source,
        set(value) { source.set.call(this, local(value)); },
    });
})();
