export { type Health, type HealthRules, newHealth, onAnswer, onFailure } from "./health.ts";
export { type Balance, type Choice, order } from "./order.ts";
