import { workloadIdentityUser } from '../../shared/core/target.ts';
import type { Report } from '../../shared/report/report.ts';
import type { ReportRow } from '../../shared/report/row.ts';
import { bob, outcome } from './reporting.ts';
import { email, reader, roleRef, writer } from './settings.ts';

/**
 * Markup, a change of the writing direction, a line break, and a word of 256 characters: all of it in tags and
 * reasons.
 */
export const hostileTexts: readonly string[] = [
  '</script><script>document.title = "hostile"</script>',
  '<img src=x onerror="document.title=1">',
  '\u202Egro.lanretxe@retirw',
  'two\r\nlines\u2028and \u0000 a null',
  `x${'W'.repeat(255)}`,
  '"><svg onload=alert(1)>',
];

const other = '444455556666';
const at = '2026-11-24T12:00:00.000Z';

/** A request that is not bound. */
const request = (roleName: string, target: string, more: Partial<ReportRow> = {}): ReportRow => ({
  role: { ...roleRef(roleName), roleId: `AROA${roleName.toUpperCase()}` },
  grant: 'default',
  target,
  googleRole: workloadIdentityUser,
  resource: target,
  state: 'refused',
  requestedBy: bob,
  event: { name: 'TagRole', id: 'e-1', at: '2026-10-02T08:14:40.000Z' },
  ...more,
});
const row = (roleName: string, target: string, more: Partial<ReportRow> = {}): ReportRow =>
  request(roleName, target, {
    state: 'bound',
    since: '2026-10-02T08:15:00.000Z',
    rule: 'allow[0] to *@acme-data.iam.gserviceaccount.com',
    ...more,
  });

/** No tag requests it, so it has neither a grant nor a rule. */
const unasked = (known: ReportRow): ReportRow => {
  const { grant: _, rule: _rule, ...bound } = known;
  return { ...bound, state: 'unasked' };
};

const viewer = 'roles/storage.objectViewer';
const rows: readonly ReportRow[] = [
  row('app-night', writer, { expiresAt: '2026-12-01T00:00:00Z', grant: 'night' }),
  row('app-year', writer, { expiresAt: '2027-06-30T00:00:00Z' }),
  row('reports', reader),
  row('reports', `${viewer} on buckets/acme-in`, {
    role: { ...roleRef('reports'), accountId: other, roleId: 'AROAOTHER' },
    grant: 'in',
    googleRole: viewer,
    resource: 'buckets/acme-in',
    rule: `allow[1] grant ${viewer} on buckets/acme-in`,
  }),
  request('app-new', email('etl'), {
    state: 'awaited',
    rule: 'allow[0] to *@acme-data.iam.gserviceaccount.com',
    reason: 'its own allow policy does not let rolebridge edit it',
  }),
  request('intern', writer, {
    event: { name: 'TagRole', id: 'e-9' },
    reason: 'The guardrail does not let role intern of account 111122223333 ask for this.',
  }),
  unasked(row('app-old', reader, { role: roleRef('app-old'), isHeld: true })),
  row('app-blind', email('ledger'), { state: 'unseen' }),
];

/** A report with every state, in two AWS accounts. */
export const exampleReport: Report = {
  at,
  stage: 'prod',
  commit: { id: '0123456789abcdef0123456789abcdef01234567', isModified: false },
  warnings: ['The deployed functions use other settings than rolebridge.yml.'],
  mode: 'sync',
  accountId: '111122223333',
  accounts: ['111122223333', other],
  counts: { active: 5, refused: 1, held: 1, drifted: 2, endingSoon: 1, unseen: 1 },
  blindSpots: [
    {
      what: 'the allow policy of ledger@acme-data.iam.gserviceaccount.com',
      reason: '503 The service is currently unavailable.',
    },
  ],
  notReadable: ['projects/acme-data/serviceAccounts/private@acme-data.iam.gserviceaccount.com'],
  policies: {
    read: [...['app-year', 'etl'].map(email), 'buckets/acme-in', reader, writer],
    unread: [email('ledger'), email('private')],
  },
  rows,
  changes: [
    { role: roleRef('app-old'), kind: 'unbind', what: reader, grants: [], isHeld: true },
    {
      role: { ...roleRef('app-new'), roleId: 'AROAAPP-NEW' },
      kind: 'bind',
      what: email('etl'),
      grants: ['default'],
      obstacle: 'its own allow policy does not let rolebridge edit it',
    },
  ],
  limits: [{ accountId: '111122223333', kind: 'held', released: 0, approved: 0, held: 1, limit: 0 }],
  unmanaged: [
    {
      member:
        'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.account/111122223333',
      googleRole: workloadIdentityUser,
      resource: writer,
      condition: { title: 'office hours', expression: 'request.time.getHours() < 18' },
    },
  ],
  inherited: [],
  leftAlone: [{ region: 'eu-west-1', name: '/google-access/reports/notes' }],
  historySince: '2026-10-25T12:00:00.000Z',
  history: [
    outcome({ role: roleRef('intern'), target: writer, reason: 'The guardrail does not let it.' }),
    { kind: 'answer', at, answer: 'revoke --all', answeredBy: bob },
  ],
  logs: [{ functionName: 'rolebridge-prod-reconcile', from: '2026-10-01T00:00:00.000Z', retentionDays: 90 }],
};

/** The same with more rows, each with one of the hostile texts in turn. */
export const largeReport = (count: number): Report => ({
  ...exampleReport,
  rows: Array.from({ length: count }, (_, index) => {
    const text = hostileTexts[index % hostileTexts.length] ?? '';
    return index % 10 === 0
      ? request(`app-${index}`, text, { reason: `no: ${text}`, requestedBy: text })
      : row(`app-${index}`, email(`account-${index % 97}`));
  }),
});
