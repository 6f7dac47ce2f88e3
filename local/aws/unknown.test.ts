import { DeleteTrailCommand } from '@aws-sdk/client-cloudtrail';
import { DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { ListReplaysCommand } from '@aws-sdk/client-eventbridge';
import { ListUsersCommand } from '@aws-sdk/client-iam';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { TagQueueCommand } from '@aws-sdk/client-sqs';
import { ListDocumentsCommand } from '@aws-sdk/client-ssm';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import type { HttpRequest } from '../http.ts';
import { type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import { AwsError } from './call.ts';
import { protocolOf } from './wire.ts';

let at: Harness;
beforeAll(async () => {
  at = await startHarness();
  at.aws.sqs.create({ name: 'q', visibilitySeconds: 30 });
});
afterAll(() => at.close());

const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  'iam:ListUsers': () => at.iam.send(new ListUsersCommand({})),
  'sts:GetSessionToken': () => at.sts.send(new GetSessionTokenCommand({})),
  'ec2:DescribeVpcs': () => at.ec2.send(new DescribeVpcsCommand({})),
  'ssm:ListDocuments': () => at.ssm.send(new ListDocumentsCommand({})),
  'events:ListReplays': () => at.events.send(new ListReplaysCommand({})),
  'sqs:TagQueue': () =>
    at.sqs.send(new TagQueueCommand({ QueueUrl: `${at.aws.url}/${accountId}/q`, Tags: { a: 'b' } })),
  'cloudtrail:DeleteTrail': () => at.trail.send(new DeleteTrailCommand({ Name: 'management-events' })),
  'logs:DescribeLogStreams': () => at.logs.send(new DescribeLogStreamsCommand({ logGroupName: 'g' })),
  'lambda: GET /2015-03-31/functions': () => at.lambda.send(new ListFunctionsCommand({})),
};

it.each(Object.entries(calls))('a client reads that the stand-in does not know %s', async (name, call) => {
  await expect(call()).rejects.toThrow(`The stand-in does not know ${name}`);
});

describe('refuses an unknown service in the protocol of the request', () => {
  const request = (headers: Readonly<Record<string, string>>, body = '', target = '/'): HttpRequest => ({
    method: 'POST',
    target,
    url: new URL(target, 'http://127.0.0.1'),
    headers,
    body,
    bytes: Buffer.from(body),
  });
  const refusal = new AwsError('UnknownOperationException', 'no', 404);

  it.each([
    ['JSON', { 'x-amz-target': 'Ecr.DescribeImages' }, '{}', 'DescribeImages', '{"__type"'],
    [
      'a form',
      { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      'Action=ListTopics&Version=1',
      'ListTopics',
      '<ErrorResponse>',
    ],
  ])('in %s', (_, headers, body, action, start) => {
    const protocol = protocolOf('other', request(headers, body));
    expect(protocol.parse(request(headers, body))).toEqual({ action, input: {} });
    expect(protocol.refuse(refusal, 'id').body).toMatch(new RegExp(`^${start}`));
  });

  it('by path', () => {
    const asked = request({}, '', '/v2/apis');
    expect(() => protocolOf('apigateway', asked).parse(asked)).toThrow(
      'The stand-in does not know apigateway: POST /v2/apis.',
    );
  });

  it('refuses a form sent to a JSON service', () => {
    const asked = request({ 'content-type': 'application/x-www-form-urlencoded' }, 'Action=SendMessage');
    expect(() => protocolOf('sqs', asked).parse(asked)).toThrow('The stand-in accepts only JSON here');
  });
});
