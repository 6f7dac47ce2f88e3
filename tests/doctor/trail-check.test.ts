import type { FieldSelector, Trail, TrailState } from '../../shared/doctor/ports.ts';
import { checkTrails as checkWith, type Delivery } from '../../shared/doctor/trail-check.ts';
import { now } from '../support/settings.ts';

const checkTrails = (trails: readonly TrailState[], delivery: Delivery = { now }) =>
  checkWith(trails, delivery);

const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/t';
const trail = (fields: Partial<Trail> = {}): Trail => ({
  kind: 'read',
  arn,
  homeRegion: 'us-east-1',
  isMultiRegion: true,
  hasGlobalEvents: true,
  isLogging: true,
  classic: [
    { readWriteType: 'WriteOnly', hasManagementEvents: true, excludedSources: ['kms.amazonaws.com'] },
  ],
  advanced: [],
  selectors: [],
  ...fields,
});
const field = (name: string, comparisons: Partial<FieldSelector>): FieldSelector => ({
  field: name,
  equals: [],
  notEquals: [],
  startsWith: [],
  notStartsWith: [],
  endsWith: [],
  notEndsWith: [],
  ...comparisons,
});
const management = field('eventCategory', { equals: ['Management'] });
const classic = (fields: Partial<Trail['classic'][number]>) =>
  trail({ classic: [{ readWriteType: 'All', hasManagementEvents: true, excludedSources: [], ...fields }] });
const advanced = (...fields: readonly FieldSelector[]) =>
  trail({ classic: [], advanced: [[management, ...fields]] });
const unreadable: TrailState = { kind: 'unreadable', arn: 'arn:org', reason: 'AccessDenied' };

describe('a trail logs the writes of IAM', () => {
  it.each<[string, Trail]>([
    ['a trail of all regions, only writes', trail()],
    ['all events', classic({})],
    ['at home in us-east-1', trail({ isMultiRegion: false })],
    ['at home elsewhere, of all regions', trail({ homeRegion: 'eu-west-1' })],
    ['advanced selectors', advanced()],
    ['advanced: no reads', advanced(field('readOnly', { equals: ['false'] }))],
    [
      'advanced: all sources but another',
      advanced(field('eventSource', { notEquals: ['kms.amazonaws.com'] })),
    ],
    [
      'advanced: by start and end',
      advanced(field('eventSource', { startsWith: ['iam.'], endsWith: ['.com'] })),
    ],
    [
      'advanced: a field that is not known',
      advanced(field('sessionCredentialFromConsole', { equals: ['true'] })),
    ],
  ])('%s', (_, good) => {
    expect(checkTrails([unreadable, trail({ isLogging: false }), good])).toEqual({
      status: 'ok',
      message: `${arn} logs management writes.`,
    });
  });
});

describe('a trail does not', () => {
  it.each<[string, Trail, string]>([
    ['only reads', classic({ readWriteType: 'ReadOnly' }), 'put-event-selectors'],
    ['only data events', classic({ hasManagementEvents: false }), 'put-event-selectors'],
    ['all but IAM', classic({ excludedSources: ['iam.amazonaws.com'] }), 'put-event-selectors'],
    ['nothing selected', trail({ classic: [] }), 'put-event-selectors'],
    ['advanced: only reads', advanced(field('readOnly', { equals: ['true'] })), 'put-event-selectors'],
    [
      'advanced: not IAM',
      advanced(field('eventSource', { notEquals: ['iam.amazonaws.com'] })),
      'put-event-selectors',
    ],
    [
      'advanced: not what starts so',
      advanced(field('eventName', { notStartsWith: ['Untag'] })),
      'put-event-selectors',
    ],
    [
      'advanced: not what ends so',
      advanced(field('eventName', { notEndsWith: ['Role'] })),
      'put-event-selectors',
    ],
    [
      'advanced: only what starts so',
      advanced(field('eventName', { startsWith: ['Put'] })),
      'put-event-selectors',
    ],
    [
      'advanced: only what ends so',
      advanced(field('eventName', { endsWith: ['Policy'] })),
      'put-event-selectors',
    ],
    ['it is stopped', trail({ isLogging: false }), `start-logging --region us-east-1 --name ${arn}`],
    [
      'only another region',
      trail({ isMultiRegion: false, homeRegion: 'eu-west-1' }),
      '--is-multi-region-trail',
    ],
    ['no global services', trail({ hasGlobalEvents: false }), '--include-global-service-events'],
  ])('%s', (_, bad, fix) => {
    expect(checkTrails([bad])).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^EventBridge receives no role changes: arn:/),
      fix: expect.stringMatching(`^Fix it: aws cloudtrail .*${fix}`),
    });
  });

  it('advanced selectors must pass all four writes, each by any of them', () => {
    const only = (name: string) => [management, field('eventName', { equals: [name] })];
    const all = ['TagRole', 'UntagRole', 'CreateRole', 'DeleteRole'].map(only);
    expect(checkTrails([trail({ advanced: all })]).status).toBe('ok');
    expect(checkTrails([trail({ advanced: all.slice(1) })]).status).toBe('failed');
  });

  it('reports each of several trails; fixing one is enough', () => {
    const finding = checkTrails([trail({ isLogging: false }), classic({ readWriteType: 'ReadOnly' })]);
    expect(finding).toMatchObject({
      status: 'failed',
      message: `EventBridge receives no role changes: ${arn} is stopped; ${arn} does not log IAM's management writes.`,
      fix: expect.stringMatching(
        /^Fix one of them:\n aws cloudtrail start-logging.*\n aws cloudtrail put-event/,
      ),
    });
  });
});

it('explains how to create a trail if there is none', () => {
  expect(checkTrails([])).toMatchObject({
    status: 'failed',
    fix: expect.stringMatching(
      /create-trail .*--is-multi-region-trail.*\nThen start it: aws cloudtrail start-logging/,
    ),
  });
});

describe('an organization trail that a member account cannot read', () => {
  const states = [unreadable, trail({ isLogging: false })];
  const message = `${arn} is stopped; arn:org cannot be read (AccessDenied).`;
  const daysAgo = (days: number): string =>
    new Date(now.getTime() - days * 24 * 60 * 60 * 1000).toISOString();

  it.each([0, 1, 89])('is in order if an event was delivered %d days ago', (days) => {
    const lastEventAt = daysAgo(days);
    expect(checkTrails(states, { now, lastEventAt })).toEqual({
      status: 'ok',
      message: `EventBridge delivers role changes: rolebridge granted access for one at ${lastEventAt}.`,
      note: message,
    });
  });

  it.each([undefined, daysAgo(91)])(
    'is unknown if the last event was at %s, and an event can decide',
    (lastEventAt) => {
      expect(checkTrails(states, { now, ...(lastEventAt === undefined ? {} : { lastEventAt }) })).toEqual({
        status: 'unknown',
        message: `${message} The ledger shows no role change that EventBridge delivered within 90 days.`,
        fix: 'Tag a role, and run doctor again after five minutes. Or ask the owner of that trail whether it logs management writes in all regions.',
      });
    },
  );

  it('does not excuse a trail that can be read: an event was delivered before it was stopped', () => {
    expect(checkTrails([trail({ isLogging: false })], { now, lastEventAt: daysAgo(1) }).status).toBe(
      'failed',
    );
  });
});

describe('a command for selectors keeps the existing ones', () => {
  const dataEvents = {
    ReadWriteType: 'All',
    IncludeManagementEvents: false,
    DataResources: [{ Type: 'AWS::S3::Object', Values: ["arn:aws:s3:::it's-audited/"] }],
  };
  const commandOf = (bad: Trail): string => {
    const finding = checkTrails([bad]);
    return 'fix' in finding ? (finding.fix ?? '') : '';
  };
  /** The value of an option, as a shell reads it. */
  const valueOf = (command: string, option: string): unknown =>
    JSON.parse((command.split(`${option} '`)[1] ?? '').replace(/'$/, '').replaceAll(String.raw`'\''`, "'"));

  it('classic ones', () => {
    const bad = { ...classic({ hasManagementEvents: false }), selectors: [dataEvents] };
    expect(valueOf(commandOf(bad), '--event-selectors')).toEqual([
      dataEvents,
      { ReadWriteType: 'WriteOnly', IncludeManagementEvents: true },
    ]);
  });

  it('advanced ones', () => {
    const selectors = [
      { Name: 'objects', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] },
      { FieldSelectors: [{ Field: 'eventCategory', Equals: ['NetworkActivity'] }] },
    ];
    const bad = trail({ classic: [], advanced: [[field('eventCategory', { equals: ['Data'] })]], selectors });
    const command = commandOf(bad);
    expect(command).not.toContain(' --event-selectors');
    expect(valueOf(command, '--advanced-event-selectors')).toEqual([
      ...selectors,
      {
        Name: 'Management writes for rolebridge',
        FieldSelectors: [
          { Field: 'eventCategory', Equals: ['Management'] },
          { Field: 'readOnly', Equals: ['false'] },
        ],
      },
    ]);
  });

  it('is not offered if AWS would refuse another selector', () => {
    const bad = {
      ...classic({ hasManagementEvents: false }),
      selectors: Array.from({ length: 5 }, () => dataEvents),
    };
    expect(commandOf(bad)).toContain('has 5 event selectors, and AWS allows no more. Create another trail');
    expect(commandOf(bad)).not.toContain('put-event-selectors');
  });
});
