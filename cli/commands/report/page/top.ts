import { counted } from '../../../../shared/counted.ts';
import type { KeyState } from '../../../../shared/keys/judge.ts';
import { soonDays } from '../../../../shared/report/counts.ts';
import { keyCounts, type ReportKeys } from '../../../../shared/report/keys.ts';
import type { Report } from '../../../../shared/report/report.ts';
import { minutes, type Show } from '../../../../shared/report/selection.ts';
import { selectionLink, wholeReport } from '../../../../shared/report/selection-link.ts';
import { type Html, html } from './html.ts';
import { shown } from './shown.ts';

/** Where the report comes from, everything that it did not see, and the numbers. */
export const topOf = (report: Report): Html => html`<header>
<h1>Access report</h1>
<p class="facts">${facts(report)}</p>
${unseen(report)}
${revoked(report)}
${warnings(report)}
<ul class="counters">${counters(report)}</ul>
</header>`;

const facts = (report: Report): Html => {
  const { at, stage, mode, accounts, accountId, commit } = report;
  const ids =
    accounts.length === 1
      ? html`AWS account <b>${shown(accountId)}</b>`
      : html`<b>${accounts.length}</b> AWS accounts, deployed to <b>${shown(accountId)}</b>`;
  const settings =
    commit === undefined
      ? html``
      : html` · rolebridge.yml at commit <b>${shown(commit.id.slice(0, 12))}</b>${commit.isModified ? ', modified since' : ''}`;
  return html`Read at <b><time datetime="${at}">${minutes(at)} UTC</time></b> · stage <b>${shown(stage)}</b> · mode <b>${mode}</b>${modeTexts[mode]} · ${ids}${settings} · log since ${minutes(logSince(report))}. All times are in UTC.`;
};

/** A log that was kept for a shorter time does not reach back to the beginning that was asked for. */
const logSince = ({ historySince, logs }: Report): string =>
  [historySince, ...logs.map(({ from }) => from)].toSorted().at(-1) ?? historySince;

const modeTexts = {
  sync: '',
  'upsert-only': ' (nothing is revoked)',
  'dry-run': ' (nothing is written)',
} as const;

/** Two kinds: those that make the report incomplete, and accounts that no tag and no ledger entry names. */
const unseen = ({ blindSpots, notReadable, keys, counts }: Report): Html => {
  const others =
    notReadable.length === 0
      ? html``
      : html`<details><summary>${counted(notReadable.length, 'service account')} not readable. No tag and no ledger entry names ${notReadable.length === 1 ? 'it' : 'them'}, but a binding there would not be seen.</summary><ul>${notReadable.map((name) => html`<li>${shown(name)}</li>`)}</ul></details>`;
  if (blindSpots.length === 0 && counts.unseen > 0)
    return html`<p class="warnings">${counted(counts.unseen, 'row')} below could not be read, so the report does not know what is bound there now.</p>${others}`;
  if (blindSpots.length === 0)
    return html`<p>No blind spot: everything that a tag or the ledger names was read.</p>${others}`;
  return html`<section class="unseen" aria-labelledby="unseen-title">
<h2 id="unseen-title">Not seen: ${counted(blindSpots.length, 'blind spot')}</h2>
<p>${keys === undefined ? 'The report could not see what is there now. Nothing there counts as gone.' : 'The report could not see what is there now. Nothing there counts as gone or as unused.'}</p>
<ul>${blindSpots.map(({ what, reason }) => html`<li><b>${shown(what)}</b>: ${shown(reason)}</li>`)}</ul>
</section>${others}`;
};

const revoked = ({ revokeAll }: Report): Html =>
  revokeAll === undefined
    ? html``
    : html`<p class="warnings">Everything has been revoked since ${minutes(revokeAll.at)}, at the request of ${shown(revokeAll.answeredBy)}.</p>`;

const warnings = ({ warnings: texts }: Report): Html =>
  texts.length === 0
    ? html``
    : html`<ul class="warnings">${texts.map((text) => html`<li>${shown(text)}</li>`)}</ul>`;

const counters = ({ counts, keys }: Report): readonly Html[] => {
  const { active, refused, held, drifted, endingSoon, unseen: notKnown } = counts;
  return [
    counter('active', active, 'active'),
    counter('ending', endingSoon, `ending within ${soonDays} days`),
    counter('refused', refused, 'refused'),
    counter('held', held, held === 1 ? 'revocation held' : 'revocations held'),
    counter(
      'drifted',
      drifted,
      drifted === 1 ? 'role differs from its tags' : 'roles differ from their tags',
    ),
    ...(notKnown === 0 ? [] : [counter('unseen', notKnown, 'not known')]),
    ...(keys === undefined ? [] : keyCounters(keys)),
  ];
};

const counter = (show: Show, count: number, text: string): Html =>
  linked(selectionLink({ ...wholeReport, show }), html`<b>${count}</b> ${text}`);

const keyCounters = (keys: ReportKeys): readonly Html[] => {
  const { found, unread } = keyCounts(keys);
  const countOf = (state: KeyState): number => found.filter(({ key }) => key.state === state).length;
  const [leaked, replaced] = [countOf('leaked'), countOf('replaced')];
  return [
    linked(
      '#keys',
      html`<b class="${leaked === 0 ? '' : 'bad'}">${leaked}</b> leaked ${leaked === 1 ? 'key' : 'keys'}`,
    ),
    linked('#keys', html`<b>${replaced}</b> ${replaced === 1 ? 'key' : 'keys'} may be replaced`),
    ...(unread === 0
      ? []
      : [linked('#keys', html`keys of <b>${unread}</b> ${unread === 1 ? 'account' : 'accounts'} not known`)]),
  ];
};

const linked = (address: string, text: Html): Html => html`<li><a href="${address}">${text}</a></li>`;
