export { type FollowedFile, followFile, type Position } from "./file.ts";
export type { Followed, Follower, ManagerAccess, ManagerEvent } from "./follow.ts";
export { type FollowedJournal, followJournal, type JournalSource } from "./journal.ts";
export { followManager, type ManagerTls } from "./manager.ts";
