import type { FieldSelector, Trail, TrailState } from '../../shared/doctor/ports.ts';
import { checkTrails } from '../../shared/doctor/trail-check.ts';

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
    ['a trail of all regions, writes alone', trail()],
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
    ['reads alone', classic({ readWriteType: 'ReadOnly' }), 'put-event-selectors'],
    ['data events alone', classic({ hasManagementEvents: false }), 'put-event-selectors'],
    ['all but IAM', classic({ excludedSources: ['iam.amazonaws.com'] }), 'put-event-selectors'],
    ['nothing selected', trail({ classic: [] }), 'put-event-selectors'],
    ['advanced: reads alone', advanced(field('readOnly', { equals: ['true'] })), 'put-event-selectors'],
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
      'another region alone',
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

it('is unknown if a trail that cannot be read may log the writes', () => {
  expect(checkTrails([unreadable, trail({ isLogging: false })])).toEqual({
    status: 'unknown',
    message: `${arn} is stopped; arn:org cannot be read (AccessDenied).`,
    fix: 'Ask the owner of that trail whether it logs management writes in all regions.',
  });
});
