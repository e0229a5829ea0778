/**
 * Timer values of RFC 3261 table 4 and RFC 6026 8.11, milliseconds. Constants, since T1 is the same for every peer of a
 * server on the open internet (RFC 3261 17.1.1.1 does not recommend less).
 */
export const T1 = 500;
export const T2 = 4_000;
export const T4 = 5_000;
const LIFE = 64 * T1;

/** INVITE client: first retransmission, then doubling (unreliable only). */
export const TIMER_A = T1;
/** INVITE client: patience for a first response. */
export const TIMER_B = LIFE;
/** INVITE client, completed: ACKs retransmitted finals (unreliable only; "at least 32 s"). */
export const TIMER_D = 32_000;
/** Non-INVITE client: first retransmission, then doubling up to T2 (unreliable only). */
export const TIMER_E = T1;
/** Non-INVITE client: patience for a final response. */
export const TIMER_F = LIFE;
/** INVITE server, completed: first retransmission of the final, then doubling up to T2 (unreliable only). */
export const TIMER_G = T1;
/** INVITE server, completed: patience for the ACK. */
export const TIMER_H = LIFE;
/** INVITE server, confirmed: absorbs ACKs (unreliable only). */
export const TIMER_I = T4;
/** Non-INVITE server, completed: answers retransmitted requests (unreliable only). */
export const TIMER_J = LIFE;
/** Non-INVITE client, completed: absorbs retransmitted finals (unreliable only). */
export const TIMER_K = T4;
/** INVITE server, accepted: absorbs retransmitted INVITEs (RFC 6026 7.1). */
export const TIMER_L = LIFE;
/** INVITE client, accepted: passes 2xx on (RFC 6026 7.2). */
export const TIMER_M = LIFE;

/**
 * RFC 4320 4.1: when a client's timer E is first reset to T2 (it fires after T1, 3*T1, 7*T1). Before that a 100 to a
 * non-INVITE request is forbidden over UDP; from then on it is due when nothing else was said.
 */
export const TRYING_AFTER = 7 * T1;

/**
 * How long a non-INVITE server transaction waits for its TU. RFC 3261 names no timer here; RFC 4320 4.2 forbids an answer
 * after the client's timer F, so there is nothing left to wait for.
 */
export const TIMER_TU = LIFE;
