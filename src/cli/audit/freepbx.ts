import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AuditInput, FreepbxInput } from "../../audit/index.ts";
import type { Source } from "./source.ts";

/** Where FreePBX and its web server have their files, below the root of a machine. */
const MODULES = "var/www/html/admin/modules";
const WEB_FILES = ["var/www/html/admin/.htaccess", "var/www/html/.htaccess"];
const WEB_FOLDERS = ["etc/apache2/sites-enabled", "etc/apache2/conf-enabled", "etc/httpd/conf.d"];
const MOST = { modules: 500, file: 1_048_576, web: 200 };

/** FreePBX' own files: of this machine for its own configuration, else out of the copy. */
export function gatherFreepbx(source: Source, asterisk: AuditInput, root: string): FreepbxInput {
  return source.isLive ? ofMachine(asterisk, root) : ofCopy(source, asterisk);
}

/** Is there a FreePBX on this machine? */
export function isFreepbxHere(root: string): boolean {
  return existsSync(join(root, MODULES)) || existsSync(join(root, "etc/freepbx.conf"));
}

function ofMachine(asterisk: AuditInput, root: string): FreepbxInput {
  const modules = new Map<string, string>();
  for (const name of names(join(root, MODULES)).slice(0, MOST.modules)) {
    const file = join(root, MODULES, name, "module.xml");
    const text = read(file);
    if (text !== undefined) modules.set(file, text);
  }
  const files = WEB_FOLDERS.flatMap((folder) =>
    names(join(root, folder))
      .filter((name) => name.endsWith(".conf"))
      .map((name) => `${folder}/${name}`),
  );
  const web = new Map<string, string>();
  for (const name of [...WEB_FILES, ...files].slice(0, MOST.web)) {
    const text = read(join(root, name));
    if (text !== undefined) web.set(join(root, name), text);
  }
  // A .htaccess alone says nothing about the site.
  return { asterisk, modules, web: files.length === 0 ? undefined : web };
}

/** The same out of a tar file or a copy of a machine: paths end as they do there. */
function ofCopy({ name, tree }: Source, asterisk: AuditInput): FreepbxInput {
  const modules = new Map<string, string>();
  const web = new Map<string, string>();
  let isSite = false;
  for (const [path, { text }] of tree.files) {
    const file = `${name}/${path}`;
    if (/(?:^|\/)admin\/modules\/[^/]+\/module\.xml$/.test(path)) modules.set(file, text);
    const isFolder = WEB_FOLDERS.some((f) => `/${path}`.includes(`/${f}/`)) && path.endsWith(".conf");
    if (isFolder || WEB_FILES.some((f) => `/${path}`.endsWith(`/${f}`))) web.set(file, text);
    isSite ||= isFolder;
  }
  return { asterisk, modules, web: isSite ? web : undefined };
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= MOST.file ? readFileSync(file, "latin1") : undefined;
  } catch {
    return undefined;
  }
}
