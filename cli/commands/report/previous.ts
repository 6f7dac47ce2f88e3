import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { parseJson } from '../../../shared/core/json.ts';
import type { PreviousReport } from '../../../shared/report/difference.ts';
import { dataOfPage } from './page/page.ts';

/**
 * Reads an earlier report: the page, or the document of --json.
 * @throws PermanentError if the file cannot be read or is not a report
 */
export const readPrevious = (path: string): PreviousReport => {
  const text = textOf(path);
  const { success, output } = v.safeParse(report, parseJson(dataOfPage(text) ?? text));
  if (success) return output;
  throw new PermanentError(
    `--since ${path} is not a report that this version can read. Name a file of "rolebridge report --output" or "rolebridge report --json".`,
  );
};

/** @throws PermanentError if the reports are of different stacks */
export const assertSameStack = (
  path: string,
  previous: PreviousReport,
  { stage, accountId }: Pick<PreviousReport, 'stage' | 'accountId'>,
): void => {
  if (previous.stage === stage && previous.accountId === accountId) return;
  throw new PermanentError(
    `--since ${path} is a report of stage ${previous.stage} in account ${previous.accountId}, not of stage ${stage} in account ${accountId}.`,
  );
};

/** @throws PermanentError if the report is of the future: what is new would be shown as gone */
export const assertEarlier = (path: string, { at }: Pick<PreviousReport, 'at'>, now: Date): void => {
  if (Date.parse(at) <= now.getTime()) return;
  throw new PermanentError(
    `--since ${path} is a report of ${at}, which is later than now (${now.toISOString()}). Name an earlier report, or set the clock of this machine.`,
  );
};

const textOf = (path: string): string => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new PermanentError(`--since ${path} is a folder. Name the file of an earlier report.`);
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new PermanentError(`--since ${path} cannot be read: ${toFailure(thrown).message}`, {
      cause: thrown,
    });
  }
};

const text = v.string();
const optional = v.exactOptional(text);
/** The terminal prints these three: only their known forms, so that no text controls it. */
const time = v.pipe(
  text,
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/),
  v.check((at) => !Number.isNaN(Date.parse(at))),
);
const stage = v.pipe(text, v.regex(/^[A-Za-z0-9-]{1,64}$/));
const accountId = v.pipe(text, v.regex(/^\d{12}$/));
const condition = v.exactOptional(
  v.object({ title: optional, expression: optional, description: optional, location: optional }),
);
/** Fields of later versions are ignored. */
const row = v.object({
  role: v.object({ partition: text, accountId: text, roleName: text, roleId: optional }),
  isRoleUnseen: v.exactOptional(v.literal(true)),
  grant: optional,
  target: text,
  googleRole: optional,
  resource: optional,
  state: v.picklist(['bound', 'awaited', 'refused', 'unasked', 'unclear', 'inherited', 'unseen']),
  pool: optional,
  condition,
  isHeld: v.exactOptional(v.literal(true)),
  since: optional,
  expiresAt: optional,
  requestedBy: optional,
  event: v.exactOptional(v.object({ name: optional, id: optional, at: optional })),
  rule: optional,
  reason: optional,
});
const report = v.object({
  version: v.literal(1),
  at: time,
  stage,
  accountId,
  blindSpots: v.array(v.object({ what: text, reason: text })),
  notReadable: v.exactOptional(v.array(text)),
  rows: v.array(row),
  unmanaged: v.array(v.object({ member: text, googleRole: text, resource: text, condition })),
});
