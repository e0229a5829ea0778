export { bestResponse } from "./best.ts";
export { Branch, newContext, ResponseContext, type Target } from "./context.ts";
export type { ProxyEffect, ProxyEffects } from "./effects.ts";
export {
  type Hiding,
  hiddenResponse,
  hiddenVia,
  refusedResponse,
  shownResponse,
  showVias,
  strippedResponse,
  viaLines,
} from "./hide.ts";
export { isLoop, loopBranch } from "./loop.ts";
export { type ForwardOptions, forwardRequest } from "./request.ts";
export { forwardResponse } from "./response.ts";
export { undoStrictRoute } from "./route.ts";
export { checkProxyRequire, nextMaxForwards } from "./sanity.ts";
export { cancel, onResponse, onServerDown, onTimeout, onTimer, onTransportError, start } from "./step.ts";
export { HOLDER_CHARS, type Mac, makeToken, packWay, readToken, unpackWay, type Way } from "./token.ts";
