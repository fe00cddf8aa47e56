"""The words that made-up tasks are written with: common ones, less common ones, and rare ones."""

from __future__ import annotations

VERBS = (
    "Add", "Build", "Check", "Clean up", "Compare", "Connect", "Count", "Describe", "Draw", "Drop",
    "Explain", "Extend", "Find out why", "Fix", "Guard", "Hide", "Limit", "Log", "Measure", "Merge",
    "Migrate", "Move", "Name", "Pin", "Prepare", "Remove", "Rename", "Repair", "Replace", "Retry",
    "Review", "Rewrite", "Show", "Simplify", "Sort", "Speed up", "Split", "Test", "Translate",
    "Validate",
)  # fmt: skip
QUALITIES = (
    "broken", "cached", "central", "daily", "duplicate", "empty", "expired", "failing", "first",
    "flaky", "hidden", "incoming", "internal", "late", "local", "missing", "nested", "new",
    "nightly", "old", "optional", "partial", "pending", "public", "quiet", "remote", "scheduled",
    "second", "shared", "slow", "stale", "strict", "temporary", "unused", "weekly", "wrong",
)  # fmt: skip
THINGS = (
    "account page", "address book", "alarm", "archive", "audit trail", "backup", "balance",
    "banner", "barcode scanner", "billing run", "booking form", "calendar", "cart", "catalogue",
    "certificate", "chart", "checkout", "comment thread", "contact form", "contract", "coupon",
    "currency table", "dashboard", "delivery note", "discount rule", "download", "email digest",
    "error page", "export", "feed", "file upload", "filter bar", "footer", "gateway", "help page",
    "home page", "import", "index", "inventory", "invitation", "invoice", "keyboard shortcut",
    "label printer", "language switch", "ledger", "login form", "mailbox", "map view", "menu",
    "message queue", "mobile layout", "newsletter", "notification", "order history",
    "parcel tracker", "password reset", "payment", "permission check", "photo gallery",
    "price list", "print view", "profile", "queue", "rate limit", "receipt", "reminder", "report",
    "retry loop", "role matrix", "roster", "route planner", "search box", "seat map",
    "sensor reading", "settings page", "shift plan", "shipping label", "sign-up form", "sitemap",
    "status page", "stock count", "subscription", "survey", "sync job", "tax table", "ticket",
    "time sheet", "timeline", "token store", "tooltip", "tour", "translation file", "upload folder",
    "user table", "voucher", "wallet", "warehouse view", "webhook", "wish list", "workflow",
    "zone map",
)  # fmt: skip
PLACES = (
    "after a restart", "at midnight", "before the release", "behind the proxy", "during the import",
    "for guests", "for new customers", "for the auditors", "for the field team",
    "for the pilot group", "from the old system", "in dark mode", "in the admin area",
    "in the background job", "in the staging environment", "in the test suite", "on Android",
    "on slow networks", "on small screens", "on the landing page", "under load",
    "when the cache is cold", "when the clock changes", "when the disk is full",
    "when two people save at once", "with an empty database", "with long names", "with many rows",
    "without JavaScript", "without the network",
)  # fmt: skip
OPENINGS = (
    "Support has had three calls about this since last week.",
    "This came up in the retrospective and nobody objected.",
    "The current behaviour surprises everyone who sees it for the first time.",
    "We promised this to the pilot group for the next release.",
    "It works on our machines but not on the one that matters.",
    "The log shows the same warning every few minutes.",
    "A customer sent a recording that makes the problem plain.",
    "Nobody remembers why it was built this way.",
    "The numbers on the dashboard do not add up any more.",
    "This blocks the audit, so it should not wait.",
    "The workaround is documented, but people forget it.",
    "Two teams have solved this separately and differently.",
)
MIDDLES = (
    "Start with the {quality} {thing}, since most requests pass through it.",
    "The {thing} must keep its address, because printed documents point at it.",
    "Look at the {quality} {thing} first and measure before changing anything.",
    "Keep the {thing} readable for screen readers.",
    "The {thing} and the {quality} {other} should share one definition.",
    "If the {thing} cannot be reached, show the last known state and say how old it is.",
    "Write down what the {quality} {thing} does today, with an example for each case.",
    "Do not touch the {thing}; it is replaced in the next quarter anyway.",
    "The {quality} {thing} needs an index, otherwise the {other} scans everything.",
    "Ask the people who use the {thing} daily which columns they really read.",
    "There is a half-finished branch for the {quality} {thing} that can be reused.",
    "The {thing} has to survive a restart of the {other}.",
)
ENDINGS = (
    "Done when the nightly run has been green for a week.",
    "Done when a new colleague can follow the page without asking.",
    "Please add a test that fails without the change.",
    "Measure before and after, and put both figures into the merge request.",
    "Roll it out to one location first.",
    "Tell support before it goes live.",
    "No migration of old data is needed.",
    "The old address must keep working for ninety days.",
    "Mention it in the release notes.",
    "Leave the feature switch in place until the end of the month.",
)
# Words that few tasks hold, so that a search for one of them finds a handful.
RARE_FIRST = (
    "amber", "basalt", "cedar", "cobalt", "copper", "coral", "cotton", "fennel", "ginger",
    "granite", "hazel", "indigo", "ivory", "juniper", "lavender", "linden", "magnolia", "marble",
    "mustard", "nutmeg", "ochre", "olive", "onyx", "pepper", "quartz", "saffron", "sepia", "slate",
    "thistle", "walnut",
)  # fmt: skip
RARE_SECOND = (
    "anchor", "badger", "bittern", "condor", "curlew", "dolphin", "falcon", "ferret", "gannet",
    "gecko", "heron", "ibis", "jackal", "kestrel", "lapwing", "lynx", "marten", "narwhal", "otter",
    "osprey", "pelican", "plover", "puffin", "raven", "sparrow", "stoat", "tapir", "weasel",
    "wombat", "wren",
)  # fmt: skip
TAGS = (
    "backend", "frontend", "database", "docs", "bug", "feature", "security", "performance",
    "testing", "design", "mobile", "api", "infrastructure", "accessibility", "billing", "search",
    "reporting", "onboarding", "cleanup", "research", "release", "monitoring", "import", "export",
    "email",
)  # fmt: skip
PEOPLE = (
    "amara", "anneli", "bashir", "beatriz", "caspar", "chidi", "daria", "dmitri", "elif", "emeka",
    "farida", "finn", "gita", "goran", "hana", "henrik", "ines", "ivo", "jamila", "jonas", "kaito",
    "katya", "lena", "luca", "maja", "mateo", "mira", "nadia", "nils", "noor", "olu", "oskar",
    "paloma", "pavel", "quinn", "rana", "rafael", "sanna", "selim", "tamar", "tariq", "uma",
    "viggo", "wanda", "xenia", "yara", "yusuf", "zara", "zoran", "assistant-one", "assistant-two",
)  # fmt: skip
CRITERIA = (
    "The change is covered by a test", "The page loads within a second",
    "The figures match the ledger", "The old address redirects",
    "Support has read the release note", "The log stays free of warnings",
    "It works with the keyboard alone", "A second run changes nothing",
)  # fmt: skip
REPOSITORY_FIRST = (
    "harbour", "orchard", "lantern", "meadow", "foundry", "granary", "compass", "beacon", "quarry",
    "atelier", "viaduct", "sawmill", "causeway", "belfry", "towpath", "brewery", "ropewalk",
    "pottery", "windmill", "glasshouse",
)  # fmt: skip
REPOSITORY_SECOND = (
    "api", "web", "mobile", "worker", "reports", "billing", "docs", "gateway", "importer", "design",
)  # fmt: skip
