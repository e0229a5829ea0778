export { type FollowedFile, followFile, type Position } from "./file.ts";
export type { Followed, Follower, ManagerAccess, ManagerEvent } from "./follow.ts";
export { followJournal, followManager } from "./live.ts";
