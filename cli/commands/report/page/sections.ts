import { roleLabel } from '../../../../shared/core/role-argument.ts';
import { shortArn } from '../../../../shared/core/short-arn.ts';
import { counted } from '../../../../shared/counted.ts';
import { becauseTexts } from '../../../../shared/history/because-texts.ts';
import type { HistoryEntry, OutcomeEntry } from '../../../../shared/history/entry.ts';
import { conditionText } from '../../../../shared/report/binding-notes.ts';
import type { ReportChange } from '../../../../shared/report/changes.ts';
import type { Report } from '../../../../shared/report/report.ts';
import type { ReportRow } from '../../../../shared/report/row.ts';
import { minutes } from '../../../../shared/report/selection.ts';
import { type Html, html } from './html.ts';
import { keysSection } from './keys-section.ts';
import { shown } from './shown.ts';
import { tableSection } from './table-section.ts';

/** Everything below the table of access. */
export const sections = (report: Report): Html => html`${refusals(report)}
${changes(report)}
${unmanaged(report)}
${keysSection(report)}
${others(report)}
${pastEvents(report)}`;

const refusals = ({ rows, accounts }: Report): Html =>
  tableSection({
    id: 'refusals',
    title: 'Refused requests',
    empty: 'No request was refused.',
    head: ['Role', 'Grant', 'Requested', 'Requested by', 'Event', 'Reason'],
    rows: rows.filter(({ state }) => state === 'refused'),
    cells: (row: ReportRow) => [
      shown(roleLabel(accounts, row.role)),
      shown(row.grant ?? ''),
      shown(row.target),
      requester(row.requestedBy),
      shown([row.event?.name ?? '', minutes(row.event?.at)].join(' ')),
      shown(row.reason ?? ''),
    ],
  });

const requester = (arn: string | undefined): Html =>
  arn === undefined ? html`<span class="quiet">not in the log</span>` : shown(shortArn(arn));

const changes = (report: Report): Html =>
  tableSection({
    id: 'changes',
    title: 'Changes that the functions would make now',
    empty:
      report.blindSpots.length + report.counts.unseen === 0
        ? 'None: access matches the tags.'
        : 'None in what was seen.',
    head: ['Role', 'Change', 'Target', 'Note'],
    rows: report.changes,
    cells: (change: ReportChange) => [
      shown(roleLabel(report.accounts, change.role)),
      html`${changeTexts[change.kind]}`,
      shown(change.region === undefined ? change.what : `${change.what} in ${change.region}`),
      shown(
        [change.isHeld === true ? 'held: waits for an approval' : '', change.obstacle ?? '']
          .filter((text) => text !== '')
          .join('; '),
      ),
    ],
  });

const changeTexts: Readonly<Record<ReportChange['kind'], string>> = {
  bind: 'bind',
  unbind: 'unbind',
  publish: 'publish config',
  unpublish: 'remove config',
  list: 'enter into the ledger',
  unlist: 'remove from the ledger',
  writeStatus: 'write status',
  removeStatus: 'remove status',
};

const unmanaged = (report: Report): Html =>
  tableSection({
    id: 'unmanaged',
    title: 'Members of our pools that rolebridge does not manage',
    note: 'Someone else made these bindings. rolebridge reports them and never changes them.',
    empty: 'None in the policies that were read.',
    head: ['Member', 'Google role', 'Resource', 'Condition'],
    rows: report.unmanaged,
    cells: ({ member, googleRole, resource, condition }: Report['unmanaged'][number]) => [
      shown(member),
      shown(googleRole),
      shown(resource),
      shown(condition === undefined ? '' : conditionText(condition)),
    ],
  });

/** Findings that are rare: shown only if there are any. */
const others = ({ inherited, leftAlone, leftAccounts = [], accounts }: Report): Html => {
  const items = [
    ...inherited.map(
      ({ role, googleRole, resource }) =>
        html`<li>Bound before rolebridge used the resource, and no one has answered: ${shown(roleLabel(accounts, role))} has ${shown(googleRole)} on ${shown(resource)}.</li>`,
    ),
    ...leftAlone.map(
      ({ accountId, region, name }) =>
        html`<li>A parameter that is not ours: ${shown(name)} in ${shown(region)}${accountId === undefined ? '' : ` of account ${accountId}`}.</li>`,
    ),
    ...leftAccounts.map(
      (id) =>
        html`<li>Account ${shown(id)} left rolebridge.yml and is still in the ledger, because its parameters can no longer be read.</li>`,
    ),
  ];
  return items.length === 0 ? html`` : html`<h2 id="others">Also found</h2><ul>${items}</ul>`;
};

const pastEvents = ({ history, historySince, logs, accounts }: Report): Html =>
  tableSection({
    id: 'history',
    title: 'History',
    note: [
      `Entries of the functions' logs since ${minutes(historySince)}, newest first.`,
      ...logs.map(
        ({ functionName, from, retentionDays }) =>
          `The log of ${functionName} reaches back to ${minutes(from)} (${retentionDays === undefined ? 'kept forever' : `kept for ${counted(retentionDays, 'day')}`}).`,
      ),
    ].join(' '),
    empty: 'Nothing happened in what was seen.',
    head: ['Time', 'Result', 'Role', 'Grant', 'Target', 'Requested by', 'Reason'],
    rows: history.toReversed(),
    cells: (entry: HistoryEntry) =>
      entry.kind === 'answer'
        ? [
            html`${minutes(entry.at)}`,
            html`a person's answer`,
            html``,
            html``,
            shown(entry.answer),
            requester(entry.answeredBy),
            html``,
          ]
        : [
            html`${minutes(entry.at)}`,
            html`${resultText(entry.result)}${entry.isPlanned === true ? ' (dry-run)' : ''}`,
            shown(roleLabel(accounts, entry.role)),
            shown(entry.grant ?? ''),
            shown(entry.target ?? ''),
            callerOf(entry),
            shown(entry.reason ?? ''),
          ],
  });

/** The person who requested it or answered; without one, why the functions looked. */
const callerOf = ({ answeredBy, requestedBy, because }: OutcomeEntry): Html => {
  if (answeredBy !== undefined) return html`${shown(shortArn(answeredBy))} (answer)`;
  if (requestedBy !== undefined) return shown(shortArn(requestedBy));
  return because === undefined ? html`` : html`<span class="quiet">(${becauseTexts[because]})</span>`;
};

const resultText = (result: string): string =>
  result === 'Confirmed' ? 'access stays' : result.toLowerCase();
