// Rebuilds static/vendor from npm. Run by a developer when a version changes, never at deployment:
//
//   node scripts/vendor_assets.mjs
//
// What it does to the packages, so that they live under a strict Content-Security-Policy:
//   tabler   the stylesheet only (no script); each data: image becomes a file; source map reference removed
//   icons    one SVG sprite of the icons named in static/vendor/icons.txt
//   htmx     the minified file, source map reference removed
//   echarts  a bundle of only what static/vendor/echarts.entry.js imports
// and static/vendor/README.md is written anew with version, licence and checksum of every file.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const VERSIONS = {
  "@tabler/core": "1.6.1",
  "@tabler/icons": "3.51.0",
  "htmx.org": "2.0.11",
  echarts: "6.1.0",
  esbuild: "0.28.2",
};
const vendor = join(import.meta.dirname, "..", "static", "vendor");
const work = mkdtempSync(join(tmpdir(), "vendor-"));
writeFileSync(join(work, "package.json"), "{}");
const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--save-exact", ...wanted], { cwd: work, stdio: "inherit" });
const pkg = (name, ...path) => join(work, "node_modules", name, ...path);
const read = (path) => readFileSync(path, "utf8");
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const withoutMap = (text) => text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*?(\*\/)?\s*$/s, "\n");

function fresh(name) {
  const folder = join(vendor, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function tabler() {
  const folder = fresh("tabler");
  mkdirSync(join(folder, "img"));
  const css = withoutMap(read(pkg("@tabler/core", "dist/css/tabler.min.css")));
  const filed = css.replace(/url\("data:image\/svg\+xml,(.*?)"\)/g, (_, body) => {
    const svg = body.includes("%3c") ? decodeURIComponent(body) : body.replaceAll("%23", "#");
    const name = `${sha256(svg).slice(0, 12)}.svg`;
    writeFileSync(join(folder, "img", name), svg);
    return `url("img/${name}")`;
  });
  writeFileSync(join(folder, "tabler.min.css"), filed);
  writeFileSync(join(folder, "LICENSE"), read(join(import.meta.dirname, "licences", "tabler.txt")));
}

function icons() {
  const folder = fresh("tabler-icons");
  const names = read(join(vendor, "icons.txt")).split(/\s+/).filter(Boolean).sort();
  const symbols = names.map((name) => {
    const body = read(pkg("@tabler/icons", "icons/outline", `${name}.svg`))
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
      .replace("</svg>", "")
      .replace(/\s*<path stroke="none"[^>]*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  });
  writeFileSync(join(folder, "sprite.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
  cpSync(pkg("@tabler/icons", "LICENSE"), join(folder, "LICENSE"));
}

function htmx() {
  const folder = fresh("htmx");
  writeFileSync(join(folder, "htmx.min.js"), withoutMap(read(pkg("htmx.org", "dist/htmx.min.js"))));
  cpSync(pkg("htmx.org", "LICENSE"), join(folder, "LICENSE"));
}

function echarts() {
  const folder = fresh("echarts");
  const out = join(folder, "echarts.min.js");
  const entry = join(work, "entry.js");
  cpSync(join(vendor, "echarts.entry.js"), entry);
  const flags = ["--bundle", "--minify", "--format=iife", "--global-name=echarts", "--legal-comments=eof", "--target=es2020"];
  execFileSync(pkg("esbuild", "bin/esbuild"), [entry, ...flags, `--outfile=${out}`], { stdio: "inherit" });
  for (const name of ["LICENSE", "NOTICE"]) cpSync(pkg("echarts", name), join(folder, name));
  cpSync(pkg("zrender", "LICENSE"), join(folder, "LICENSE.zrender"));
}

function readme() {
  const about = {
    tabler: ["@tabler/core", "MIT"],
    "tabler-icons": ["@tabler/icons", "MIT"],
    htmx: ["htmx.org", "0BSD"],
    echarts: ["echarts", "Apache-2.0; zrender inside: BSD-3-Clause"],
  };
  const rows = Object.entries(about).flatMap(([folder, [name, licence]]) =>
    readdirSync(join(vendor, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(css|js|svg)$/.test(entry.name) && !entry.parentPath.endsWith("img"))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => `| \`${relative(vendor, path)}\` | ${name} ${VERSIONS[name]} | ${licence} | \`${sha256(readFileSync(path))}\` |`),
  );
  const text = `# Vendored front-end files

Written by \`scripts/vendor_assets.mjs\`, which also says what it changes in each package; do not edit by hand.
To take another version or icon: change the script or \`icons.txt\`, run it, look at the pages, commit the result.
Each folder holds the licence of its package. \`tabler/img\` are the images that Tabler writes as \`data:\` addresses.

| file | package | licence | sha256 |
|---|---|---|---|
${rows.join("\n")}
`;
  writeFileSync(join(vendor, "README.md"), text);
}

tabler();
icons();
htmx();
echarts();
readme();
rmSync(work, { recursive: true, force: true });
