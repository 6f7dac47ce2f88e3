import { survey } from '../../shared/app/survey.ts';
import type { KeyEvidence } from '../../shared/keys/judge.ts';
import type { KeyFindings } from '../../shared/keys/read-keys.ts';
import { keyCounts } from '../../shared/report/keys.ts';
import { createReport } from '../../shared/report/report.ts';
import { memorySweepPorts } from '../support/memory.ts';
import { historyOf, reportOf } from '../support/reporting.ts';
import { email, now, reader, reports, settings, writer } from '../support/settings.ts';
import { createWorld } from '../support/world.ts';

const key: KeyEvidence = {
  id: 'a1b2',
  isDisabled: false,
  alerts: [],
  use: { kind: 'notSeen', from: '2025-11-23T07:00:00Z', until: '2026-11-23T07:00:00Z' },
  state: 'idle',
  idleDays: 365,
};
const grantedSince = '2026-06-01T12:00:00.000Z';
const accounts: KeyFindings['accounts'] = [
  { email: reader, grantedSince, roles: [reports], keys: [key] },
  { email: writer, grantedSince, roles: [reports], keys: [] },
  { email: email('etl'), grantedSince, roles: [reports] },
];
const spot = { what: 'the keys of etl', reason: 'denied' };
const ledger = { what: 'the ledger', reason: 'denied' };

const withKeys = async (findings: KeyFindings) => {
  const found = await survey(settings, memorySweepPorts(createWorld()));
  const history = historyOf([], { blindSpots: [ledger] });
  const keys = { idleDays: 90, ...findings };
  return createReport(settings, found, { history, since: now, keys }, { stage: 'prod', warnings: [] });
};

it('has no keys unless they were read', async () => {
  expect(await reportOf(createWorld())).not.toHaveProperty('keys');
});

it('shows the keys as `rolebridge keys` does, with the evidence and the commands', async () => {
  const { keys } = await withKeys({ accounts, blindSpots: [] });
  expect(keys?.idleDays).toBe(90);
  expect(keys?.accounts).toMatchObject([
    {
      email: reader,
      keys: [
        {
          id: 'a1b2',
          state: 'idle',
          evidence: expect.stringContaining('Not used from 2025-11-23 to 2026-11-23'),
          commands: [
            expect.stringContaining(`keys disable a1b2 --iam-account ${reader}`),
            expect.stringContaining('keys enable a1b2'),
            expect.stringContaining('keys delete a1b2'),
          ],
        },
      ],
    },
    { email: writer, keys: [] },
    { email: email('etl') },
  ]);
  // Keys that could not be read are not the same as none.
  expect(keys?.accounts[2]).not.toHaveProperty('keys');
});

it('gaps in the data about keys are shown with the other blind spots, each once', async () => {
  const { blindSpots } = await withKeys({ accounts, blindSpots: [ledger, spot] });
  expect(blindSpots.slice(-2)).toEqual([ledger, spot]);
  expect(blindSpots.filter(({ what }) => what === 'the ledger')).toHaveLength(1);
});

it('counts keys, accounts without one, and accounts whose keys could not be read', async () => {
  const { keys } = await withKeys({ accounts, blindSpots: [] });
  const counts = keys && keyCounts(keys);
  expect(counts).toMatchObject({ found: [{ email: reader, key: { id: 'a1b2' } }], without: 1, unread: 1 });
});
