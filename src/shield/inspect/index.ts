export { isInjectedName, isInjectedUser } from "./injection.ts";
export { ToolNames } from "./names.ts";
export { isSippts, isSipvicious } from "./shapes.ts";
