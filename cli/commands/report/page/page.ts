import { createHash } from 'node:crypto';
import { counted } from '../../../../shared/counted.ts';
import { askGoogle } from '../../../../shared/report/ask-google.ts';
import { columnTitles } from '../../../../shared/report/column-titles.ts';
import type { Report } from '../../../../shared/report/report.ts';
import { columns, groups, isDirect, type Show, shows } from '../../../../shared/report/selection.ts';
import type { PageAssets } from './assets.ts';
import { differences } from './differences.ts';
import { embeddedJson, type Html, html, trusted } from './html.ts';
import { sections } from './sections.ts';
import { topOf } from './top.ts';

/** The report as one HTML file. It loads nothing and sends nothing: its policy allows only its own script and style sheet. */
export const reportPage = (report: Report, { script, style }: PageAssets): string => {
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Access report, ${report.stage}, ${report.at.slice(0, 10)}</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#filter">Skip to the table of access</a>
${topOf(report)}
<main>
${differences(report)}
${access(report)}
${sections(report)}
</main>
${trusted(dataStart)}${embeddedJson({ version: 1, ...report })}</script>
<script>${trusted(script)}</script>
</body>
</html>
`.html;
};

const dataStart = '<script type="application/json" id="report">';

/** The document in a page of this command; undefined for any other text. */
export const dataOfPage = (page: string): string | undefined => {
  const start = page.indexOf(dataStart);
  const end = page.indexOf('</script>', start);
  return start < 0 || end < 0 ? undefined : page.slice(start + dataStart.length, end);
};

const digest = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** The script fills the table. */
const access = ({ rows }: Report): Html => html`<h2 id="access-title">Access</h2>
<noscript><p>This table needs JavaScript. Its ${counted(rows.length, 'row')} are also in <code>rolebridge report --csv</code>.</p></noscript>
<section id="access" aria-labelledby="access-title" hidden>
<p class="quiet">This is access through rolebridge's pools. It does not include people, groups, other pools, or roles inherited from the organization, a folder, or a project on which rolebridge grants nothing. Google can list everyone who can get a service account's tokens: <code id="ask-google">${askGoogle()}</code></p>
<div class="controls">
<label class="wide">Filter (press / to get here)<input id="filter" type="search" autocomplete="off" spellcheck="false"></label>
<label>Show<select id="show">${shows.map((one) => html`<option value="${one}">${showTitles[one]}</option>`)}</select></label>
<label>Group by<select id="group">${groups.map((one) => html`<option value="${one}">${groupTitles[one]}</option>`)}</select></label>
<button type="button" id="clear" hidden>Show everything</button>
<button type="button" id="save">Save as CSV</button>
</div>
<p id="count" role="status" tabindex="-1"></p>
<div id="unknown" class="warnings" hidden></div>
<div id="beside" class="warnings" hidden></div>
<table id="rows" class="cards${rows.some(isDirect) ? '' : ' no-resource'}">
<thead><tr>${columns.map(
  (one) =>
    html`<th scope="col" id="head-${one}" aria-sort="none"><button type="button" id="sort-${one}">${columnTitles[one]}</button></th>`,
)}</tr></thead>
</table>
<div id="more"></div>
<h2 id="graph-title">Who reaches what</h2>
<p id="graph-note" class="quiet"></p>
<p id="graph-hint" class="quiet" hidden>Scroll the drawing sideways to see all of it.</p>
<div id="graph" class="scroll" role="region" aria-labelledby="graph-title" tabindex="0"></div>
</section>`;

const showTitles: Readonly<Record<Show, string>> = {
  all: 'everything',
  active: 'active',
  refused: 'refused',
  held: 'revocation held',
  drifted: 'of roles that differ from their tags',
  ending: 'ending within 14 days',
  unseen: 'not known',
};

const groupTitles = { none: 'nothing', role: 'role', resource: 'service account or resource' } as const;
