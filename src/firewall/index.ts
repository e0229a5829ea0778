export { apply, confirm, rollback, waitingNow } from "./host/apply.ts";
export { type Compared, type Comparison, compareSaved } from "./host/compare.ts";
export { plainLines, unifiedDiff } from "./host/diff.ts";
export { type Needs, needsOf, type OwnSocket, type Peer, type Site, type SshSession } from "./host/needs.ts";
export { listChains, loadedTable } from "./host/nft.ts";
export { type Opening, opening, type Ports } from "./host/opening.ts";
export { warningsAbout } from "./host/others.ts";
export { rulesetOf } from "./host/ruleset.ts";
export { sshSessions } from "./host/session.ts";
