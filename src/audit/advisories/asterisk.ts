/**
 * Security advisories of Asterisk, from 2016 on, for the lines that people still run.
 *
 * From public records: those of the CVE programme and OSV, the change logs and announcements of the releases that mend them
 * (https://github.com/asterisk/asterisk, ChangeLogs/), and public checks that quote the advisories (https://downloads.asterisk.org/pub/security/). Releases
 * of one day mend the same advisories; where only the change log of one line was at hand, the others of that day are taken from the
 * announcement. Where the record of a CVE and the change logs differ (CVE-2024-42491, CVE-2025-49832 in 20.7-cert), the change logs are believed.
 *
 * What could not be verified is left out, among it AST-2016-001, -004 to -006 and -008, AST-2017-007, -009 and -013, AST-2020-003 and -004,
 * AST-2021-001, AST-2022-007, and pjproject's own advisories. Looked through on 2026-11-23; what came later is not here.
 */
import { SEVERITIES } from "../../findings/index.ts";
import type { Advisory } from "./match.ts";

const OLD = "https://downloads.asterisk.org/pub/security/";
const NEW = "https://github.com/asterisk/asterisk/security/advisories/";

/** The last day on which a line got security releases (https://docs.asterisk.org/About-the-Project/Asterisk-Versions/). */
export const END_OF_LIFE: Readonly<Record<string, string>> = {
  "11": "2017-10-25",
  "12": "2015-12-20",
  "13": "2021-10-24",
  "14": "2018-09-26",
  "15": "2019-10-03",
  "16": "2023-10-09",
  "17": "2021-10-28",
  "18": "2025-10-20",
  "19": "2023-11-02",
  "20": "2027-10-19",
  "21": "2026-10-18",
};

/** Releases of 2025-08-28 and before, of 2026-02-05 and of 2026-06-25 that mend several at once. */
const MAY_2025 = "18.26.2 20.14.1 21.9.1 22.4.1 18.9-cert14 20.7-cert5";
const JULY_2025 = "18.26.3 20.15.1 21.10.1 22.5.1 18.9-cert16 20.7-cert7";
const FEBRUARY_2026 = "20.18.2 21.12.1 22.8.2 23.2.2 20.7-cert9";
const JUNE_2026 = "20.20.1 21.12.3 22.10.1 23.4.1 20.7-cert11 22.8-cert3";
const SEPTEMBER_2017 = "11.25.2 13.17.1 14.6.1 11.6-cert17 13.13-cert5";
const FEBRUARY_2018 = "13.19.2 14.7.6 15.2.2 13.18-cert3";
const MARCH_2022 = "16.24.1 18.10.1 19.2.1 16.8-cert13";
const DECEMBER_2023 = "18.20.1 20.5.1 21.0.1 18.9-cert6";

/** Id, CVE, severity, the releases that are mended (or the last affected ones; and since when), what has to be there, what it is. */
const ROWS = `
GHSA-589g-qgf8-m6mx | CVE-2026-57191 | high | ${JUNE_2026} | - | one NOTIFY without a password overruns the stack (PJSIP, message waiting)
GHSA-8jw3-ccr9-xrmf | - | high | ${JUNE_2026} | - | one NOTIFY without a password makes PJSIP read beyond its buffer
GHSA-g8q2-p36q-94f6 | - | high | ${JUNE_2026} | - | a TCP connection that closes during SDP makes PJSIP use freed memory
GHSA-wcvv-g26m-wx5c | - | high | ${JUNE_2026} | ARI | a read-only ARI user may write over WebSocket, and load modules
GHSA-vrfp-mg3q-3959 | - | medium | ${JUNE_2026} | ARI | an ARI user may write files although live_dangerously is off
GHSA-3rhj-hhw7-m6fw | - | high | ${JUNE_2026} | the manager interface over HTTP | a login to the manager over HTTP crashes Asterisk
GHSA-r6c2-hwc2-j4mp | - | medium | ${JUNE_2026} | res_config_ldap | a SIP user name is put into an LDAP search as it is
GHSA-ph27-3m5q-mj5m | - | medium | ${JUNE_2026} | cel_pgsql or cel_tds | a user event is put into SQL as it is
GHSA-vfhr-r9x9-c687 | - | medium | ${JUNE_2026} | T.140 with redundancy | real-time text overruns a buffer
GHSA-j2mm-57pq-jh94 | - | medium | ${JUNE_2026} | T.140 with redundancy | real-time text is gathered beyond a buffer
GHSA-mxgm-8c6f-5p8f | - | medium | ${JUNE_2026} | res_xmpp | an XMPP stanza overruns the stack
GHSA-3g56-cgrh-95p5 | - | medium | ${JUNE_2026} | chan_unistim | dialled digits overrun a buffer of UNIStim phones
GHSA-746q-794h-cc7f | - | medium | ${JUNE_2026} | chan_ooh323 | a Q.931 element is read beyond its end
GHSA-h5hv-jmgj-92q2 | CVE-2022-37325 | medium | ${JUNE_2026} | chan_ooh323 | a party number is read beyond its end (mended once before)
GHSA-x348-j6c9-77f3 | - | medium | ${JUNE_2026} | chan_ooh323 | a trace of H.323 overruns the stack
GHSA-q9fr-m7g8-6ph5 | - | medium | ${JUNE_2026} | app_sms | lengths in an SMS are believed
GHSA-qf8j-jp7h-c5hx | - | medium | ${JUNE_2026} | codec_codec2 | the Codec2 decoder writes beyond its buffer
GHSA-8jhw-m2hg-vp3h | - | low | ${JUNE_2026} | format_ogg_speex | a sound file overruns a buffer
GHSA-4pgv-j3mr-3rcp | - | low | ${JUNE_2026} | res_phoneprov | error pages of phone provisioning repeat what they were asked
GHSA-xgj6-2gc5-5x9c | - | medium | ${JUNE_2026} | - | ast_loggrabber runs a script out of /tmp: a local user becomes root
GHSA-85x7-54wr-vh42 | - | medium | ${FEBRUARY_2026} | - | external entities of XML are read
GHSA-rvch-3jmx-3jf3 | - | medium | ${FEBRUARY_2026} | - | ast_coredumper runs, as root, what stands in /etc/asterisk
GHSA-xpc6-x892-v83c | - | medium | ${FEBRUARY_2026} | - | ast_coredumper trusts a folder that everybody may write to
GHSA-v6hp-wh3r-cwxh | CVE-2026-23738 | low | ${FEBRUARY_2026} | the built-in web server | /httpstatus repeats what it was asked
GHSA-64qc-9x89-rx5j | CVE-2025-57767 | high | 20.15.2 21.10.2 22.5.2 | - | one request with a wrong Authorization crashes PJSIP
GHSA-557q-795j-wfx2 | CVE-2025-54995 | medium | 18.26.4 18.9-cert17 | - | calls leave RTP ports open until there are none
GHSA-mrq5-74j5-f5cr | CVE-2025-49832 | high | ${JULY_2025} | res_stir_shaken | a caller's Identity header crashes STIR/SHAKEN's check, or worse
GHSA-v9q8-9j8m-5xwp | CVE-2025-1131 | medium | ${JULY_2025} | safe_asterisk | safe_asterisk runs, as root, what stands in /etc/asterisk/startup.d
GHSA-2grh-7mhv-fcfw | CVE-2025-47779 | high | ${MAY_2025} | MESSAGE in PJSIP | a user sends messages in the name of any other
GHSA-c7p6-7mvq-8jq2 | CVE-2025-47780 | low | ${MAY_2025} | - | cli_permissions.conf does not keep the console from the shell
GHSA-33x6-fj46-6rfh | CVE-2024-53566 | medium | 18.26.1 20.11.1 21.6.1 22.1.1 18.9-cert13 20.7-cert4 | the manager interface | a manager user reads files outside of the configuration (ListCategories)
GHSA-v428-g3cw-7hv9 | CVE-2024-42491 | medium | 18.24.3 20.9.3 21.4.3 18.9-cert12 20.7-cert3 | res_resolver_unbound | a Contact that begins with .1 crashes Asterisk
GHSA-c4cg-9275-6w44 | CVE-2024-42365 | high | 18.24.2 20.9.2 21.4.2 18.9-cert11 20.7-cert2 | the manager interface | a manager user with originate alone runs commands
GHSA-qqxj-v78h-hrf9 | CVE-2024-35190 | high | 18.23.1 20.8.1 21.3.1 since 18.23.0 20.8.0 21.3.0 | - | every request without a password is taken for a local endpoint
GHSA-hxj9-xwr8-w8pq | CVE-2023-49786 | high | ${DECEMBER_2023} | DTLS-SRTP | a stranger's DTLS hello keeps encrypted calls from beginning
GHSA-8857-hfmw-vg8f | CVE-2023-49294 | medium | ${DECEMBER_2023} | the manager interface | a manager user reads any file (GetConfig)
GHSA-98rc-4j27-74hh | CVE-2023-37457 | medium | ${DECEMBER_2023} | PJSIP_HEADER(update) with a caller's words | PJSIP_HEADER(update) writes beyond its buffer
AST-2022-009 | CVE-2022-42706 | medium | last 16.28.0 18.14.0 19.6.0 18.9-cert1 | the manager interface | a manager user reads files outside of the configuration
AST-2022-008 | CVE-2022-42705 | medium | last 16.28.0 18.14.0 19.6.0 18.9-cert2 | - | a subscription that ends twice uses freed memory
AST-2022-006 | CVE-2022-21723 | high | ${MARCH_2022} | - | a malformed multipart message is read beyond its end (PJSIP)
AST-2022-005 | CVE-2022-23608 | high | ${MARCH_2022} | - | a forked dialog corrupts a list (PJSIP)
AST-2022-004 | CVE-2021-37706 | critical | ${MARCH_2022} | ICE or STUN | a STUN packet can run code (PJSIP)
AST-2022-003 | CVE-2022-26651 | high | 16.25.2 18.11.2 19.3.2 16.8-cert14 | func_odbc | backslashes break the SQL of func_odbc
AST-2022-002 | CVE-2022-26499 | medium | 16.25.2 18.11.2 19.3.2 since 16.15.0 | res_stir_shaken | an Identity header makes Asterisk fetch any URL
AST-2022-001 | CVE-2022-26498 | medium | 16.25.2 18.11.2 19.3.2 since 16.15.0 | res_stir_shaken | an Identity header makes Asterisk fetch files without end
AST-2021-008 | CVE-2021-32558 | high | 13.38.3 16.19.1 17.9.4 18.5.1 16.8-cert10 | chan_iax2 | an IAX2 packet with an unknown format crashes Asterisk
AST-2021-007 | CVE-2021-31878 | medium | 16.19.1 18.5.1 since 16.17.0 18.3.0 | - | a re-INVITE after a BYE crashes PJSIP
AST-2021-006 | - | medium | 16.16.2 17.9.3 18.2.2 16.8-cert7 | T.38 | an answer to T.38 crashes PJSIP
AST-2021-005 | CVE-2021-26906 | medium | 13.38.2 16.16.1 17.9.2 18.2.1 16.8-cert6 | - | answers to a call that cannot be negotiated crash PJSIP
AST-2021-004 | - | medium | 16.16.1 17.9.2 18.2.1 16.8-cert6 since 16.16.0 17.9.1 18.2.0 16.8-cert5 | WebRTC | hold and unhold in quick succession crash Asterisk
AST-2021-003 | CVE-2021-26712 | medium | last 13.38.1 16.16.0 17.9.1 18.2.0 16.8-cert5 | SRTP | a stranger ends encrypted calls by sending SRTP again
AST-2021-002 | CVE-2021-26717 | medium | 16.16.1 17.9.2 18.2.1 16.8-cert6 | T.38 | a late answer to T.38 crashes PJSIP
AST-2020-002 | CVE-2020-28242 | medium | 13.37.1 16.14.1 17.8.1 18.0.1 16.8-cert5 | - | a challenge with changing nonces makes INVITEs without end
AST-2020-001 | CVE-2020-28327 | high | 13.37.1 16.14.1 17.8.1 18.0.1 16.8-cert5 | - | an INVITE at the wrong moment crashes PJSIP
AST-2019-008 | CVE-2019-18976 | medium | 13.29.2 13.21-cert5 | T.38 | an offer of T.38 crashes PJSIP
AST-2019-007 | CVE-2019-18610 | high | 13.29.2 16.6.2 17.0.1 13.21-cert5 | the manager interface | a manager user without system rights runs commands (Originate)
AST-2019-006 | CVE-2019-18790 | high | 13.29.2 16.6.2 17.0.1 13.21-cert5 | chan_sip | one request changes where calls to a peer go
AST-2019-005 | - | medium | 13.28.1 16.5.1 since 13.28.0 16.5.0 | - | audio without a format crashes a conversion
AST-2019-004 | CVE-2019-15297 | medium | 15.7.4 16.5.1 | T.38 | a declined T.38 stream crashes PJSIP
AST-2019-003 | CVE-2019-13161 | medium | 13.27.1 15.7.3 16.4.1 13.21-cert4 | chan_sip with T.38 | an answer to T.38 crashes chan_sip
AST-2019-002 | CVE-2019-12827 | medium | 13.27.1 15.7.3 16.4.1 13.21-cert4 | MESSAGE in PJSIP | a user's MESSAGE crashes Asterisk
AST-2019-001 | - | medium | 15.7.2 16.2.1 | - | a called party's SDP crashes PJSIP
AST-2018-010 | CVE-2018-19278 | high | 15.6.2 16.0.1 | - | an answer of DNS overruns a buffer
AST-2018-009 | CVE-2018-17281 | high | last 13.23.0 14.7.7 15.6.0 13.21-cert2 | res_http_websocket | an upgrade to WebSocket consumes the stack
AST-2018-008 | CVE-2018-12227 | low | 13.21.1 14.7.7 15.4.1 13.18-cert4 13.21-cert2 | - | a 403 instead of a 401 tells which endpoints exist
AST-2018-007 | CVE-2018-12228 | high | 15.4.1 | - | a broken TCP connection keeps Asterisk busy for ever
AST-2018-006 | CVE-2018-7287 | high | 15.2.2 | res_http_websocket | an empty WebSocket frame crashes Asterisk
AST-2018-005 | CVE-2018-7286 | medium | ${FEBRUARY_2018} | - | many TCP connections that close at once crash PJSIP
AST-2018-004 | CVE-2018-7284 | high | ${FEBRUARY_2018} | - | a SUBSCRIBE with many Accept headers crashes PJSIP
AST-2018-003 | - | medium | ${FEBRUARY_2018} | - | a malformed fmtp line of SDP crashes PJSIP
AST-2018-002 | - | medium | ${FEBRUARY_2018} | - | a malformed media format of SDP crashes PJSIP
AST-2018-001 | CVE-2018-7285 | high | 15.2.2 | - | an RTP packet of a type that was not agreed crashes Asterisk
AST-2017-014 | CVE-2017-17850 | high | 13.18.5 14.7.5 15.1.5 13.18-cert2 | - | a request with a wrong Contact crashes PJSIP
AST-2017-012 | CVE-2017-17664 | high | 13.18.4 14.7.4 15.1.4 13.13-cert9 | - | a compound RTCP packet overruns memory
AST-2017-011 | CVE-2017-16672 | medium | 13.18.1 14.7.1 15.1.1 13.13-cert7 | - | calls that end early leave ports and memory behind (PJSIP)
AST-2017-010 | CVE-2017-16671 | high | 13.18.1 14.7.1 15.1.1 13.13-cert7 | - | the user field of a call record overruns a buffer
AST-2017-008 | CVE-2017-14603 | high | 11.25.3 13.17.2 14.6.2 11.6-cert18 13.13-cert6 | - | RTPBleed: RTP and RTCP of a call are given to whoever asks
AST-2017-006 | CVE-2017-14100 | high | ${SEPTEMBER_2017} | app_minivm | a caller's name reaches a shell (app_minivm)
AST-2017-005 | CVE-2017-14099 | high | ${SEPTEMBER_2017} | - | RTPBleed: the sound of a call is given to whoever sends a packet
AST-2017-004 | CVE-2017-9358 | medium | 13.15.1 14.4.1 13.13-cert4 | chan_skinny | an SCCP packet consumes all memory
AST-2017-003 | CVE-2017-9359 | high | 13.15.1 14.4.1 13.13-cert4 | - | a multipart body crashes PJSIP
AST-2017-002 | CVE-2017-9372 | high | 13.15.1 14.4.1 13.13-cert4 | - | a CSeq overruns a buffer of PJSIP
AST-2017-001 | CVE-2017-7617 | high | 13.14.1 14.3.1 13.13-cert3 | - | a user's X-ClientCode overruns a call record and can run code
AST-2016-009 | CVE-2016-9938 | high | 11.25.1 13.13.1 14.2.1 11.6-cert16 13.8-cert4 | chan_sip | behind a proxy, calls come in without a password (chan_sip)
AST-2016-007 | CVE-2016-7551 | medium | 11.23.1 13.11.1 11.6-cert15 13.8-cert3 | chan_sip | overlap dialling uses up all RTP ports (chan_sip)
AST-2016-003 | CVE-2016-2232 | medium | 11.21.1 13.7.1 11.6-cert12 13.1-cert3 | T.38 | a lost UDPTL packet crashes Asterisk
AST-2016-002 | CVE-2016-2316 | low | 11.21.1 13.7.1 11.6-cert12 13.1-cert3 | timert1 above 1245 | long retransmissions use up file descriptors (chan_sip)
`;

/** The table as advisories, the newest first. */
export const ASTERISK_ADVISORIES: readonly Advisory[] = ROWS.trim().split("\n").map(readRow);

function readRow(row: string): Advisory {
  const [id, cve, severity, releases, needs, title] = row.split(" | ");
  const [, mended = "", last, since] = /^(.*?)(?:\s*last (.*?))?(?:\s*since (.*))?$/.exec(releases) ?? [];
  return {
    id,
    severity: SEVERITIES.find((s) => s === severity) ?? "medium",
    title,
    url: id.startsWith("AST-") ? `${OLD}${id}.html` : `${NEW}${id}`,
    ...(cve === "-" ? {} : { cve }),
    ...(mended === "" ? {} : { mended }),
    ...(last === undefined ? {} : { last }),
    ...(since === undefined ? {} : { since }),
    ...(needs === "-" ? {} : { needs }),
  };
}
