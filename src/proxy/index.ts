export { bestResponse } from "./best.ts";
export { Branch, newContext, ResponseContext, type Target } from "./context.ts";
export type { ProxyEffect, ProxyEffects } from "./effects.ts";
export { isLoop, loopBranch, loopHash } from "./loop.ts";
export { type ForwardOptions, forwardRequest } from "./request.ts";
export { forwardResponse } from "./response.ts";
export { checkProxyRequire, fixStrictRoute, nextMaxForwards } from "./sanity.ts";
export { cancel, onResponse, onTimeout, onTimer, onTransportError, start } from "./step.ts";
export { type Mac, makeToken, readToken, type Way } from "./token.ts";
