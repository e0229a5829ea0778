/** RFC 3261 16.6.11: timer C, milliseconds; it must be larger than 3 minutes. */
export const TIMER_C = 181_000;

/** RFC 3261 9.1: how long a cancelled branch may stay without a final response, 64*T1 in milliseconds. */
export const CANCEL_PATIENCE = 32_000;
