/**
 * Security advisories of FreePBX and its modules.
 *
 * From FreePBX' own pages (https://github.com/FreePBX/security-reporting/security/advisories, its wiki and forum) and the records of the CVE programme. Left out,
 * since affected versions could not be verified for every line: CVE-2026-44237, CVE-2026-44238, CVE-2026-73663, and what was before 2019. Looked
 * through on 2026-11-23; what came later is not here.
 */
import type { Advisory } from "./match.ts";

const GITHUB = "https://github.com/FreePBX/security-reporting/security/advisories/";

export interface FreepbxAdvisory extends Advisory {
  /** The module whose version counts; `framework` is FreePBX itself. */
  readonly module: string;
}

export const FREEPBX_ADVISORIES: readonly FreepbxAdvisory[] = [
  {
    id: "GHSA-37j8-fhxx-9vhp",
    cve: "CVE-2026-73665",
    module: "ucp",
    severity: "critical",
    title: "whoever reaches the server of the user control panel runs commands, without a password",
    url: `${GITHUB}GHSA-37j8-fhxx-9vhp`,
    mended: "17.0.9",
  },
  {
    id: "GHSA-m55x-h47x-v3gx",
    cve: "CVE-2026-46376",
    module: "userman",
    severity: "critical",
    title: "the user control panel has a template account with a known password",
    url: `${GITHUB}GHSA-m55x-h47x-v3gx`,
    mended: "16.0.45 17.0.7",
    needs: "the generic template of the user control panel",
  },
  {
    id: "CVE-2026-40520",
    module: "api",
    severity: "high",
    title: "whoever holds an API token runs commands",
    url: "https://www.cve.org/CVERecord?id=CVE-2026-40520",
    last: "17.0.8",
  },
  {
    id: "GHSA-9jvh-mv6x-w698",
    cve: "CVE-2025-66039",
    module: "framework",
    severity: "critical",
    title: "anybody is let in as administrator with any password",
    url: `${GITHUB}GHSA-9jvh-mv6x-w698`,
    mended: "16.0.44 17.0.23",
    needs: "the authorization type webserver",
  },
  {
    id: "GHSA-292p-rj6h-54cp",
    cve: "CVE-2025-61675",
    module: "endpoint",
    severity: "high",
    title: "an administrator's words reach SQL as they are",
    url: `${GITHUB}GHSA-292p-rj6h-54cp`,
    mended: "16.0.92 17.0.6",
  },
  {
    id: "CVE-2025-61678",
    module: "endpoint",
    severity: "high",
    title: "an administrator may upload programs",
    url: "https://www.cve.org/CVERecord?id=CVE-2025-61678",
    mended: "16.0.92 17.0.6",
  },
  {
    id: "GHSA-vm9p-46mv-5xvw",
    cve: "CVE-2025-64328",
    module: "filestore",
    severity: "high",
    title: "an administrator's words reach a shell",
    url: `${GITHUB}GHSA-vm9p-46mv-5xvw`,
    mended: "17.0.3",
    since: "17.0.2.36",
  },
  {
    id: "GHSA-m42g-xg4c-5f3h",
    cve: "CVE-2025-57819",
    module: "endpoint",
    severity: "critical",
    title: "anybody becomes administrator and runs commands; attackers have used it since August 2025",
    url: `${GITHUB}GHSA-m42g-xg4c-5f3h`,
    mended: "15.0.66 16.0.89 17.0.3",
  },
  {
    id: "CVE-2021-45461",
    module: "restapps",
    severity: "critical",
    title: "anybody runs commands; attackers used it in December 2021",
    url: "https://community.freepbx.org/t/security-issue-potential-rest-phone-apps-rce/80109",
    mended: "15.0.20 16.0.19",
    since: "15.0.19.87 16.0.18.40",
  },
  {
    id: "SEC-2019-001",
    cve: "CVE-2019-19006",
    module: "framework",
    severity: "critical",
    title: "anybody becomes administrator without a password",
    url: "https://wiki.freepbx.org/display/FOP/2019-11-20+Remote+Admin+Authentication+Bypass",
    mended: "13.0.197.14 14.0.13.12 15.0.16.27",
  },
];
