export { injectionIn, toolOf } from "./message.ts";
export { ToolNames } from "./names.ts";
export { isSippts, isSipvicious } from "./shapes.ts";
