export { isDomainName } from "./domain-name.ts";
export { order, type Place } from "./order.ts";
export { type Destination, plan, questionKey, type Server, type Way } from "./plan.ts";
