import { scheduled, startPuppets } from '../testing/puppets.ts';

it.each([
  [
    'a schedule that may not start its function',
    { OtherSchedule: scheduled({}) },
    'the rule OtherSchedule may not start the function sweep: the template has no AWS::Lambda::Permission for it',
  ],
  [
    'a target of another kind',
    {
      SweepSchedule: scheduled({
        Targets: [{ Id: 'topic', Arn: 'arn:aws:kinesis:us-east-1:111122223333:stream/t' }],
      }),
    },
    'the rule SweepSchedule has a target that is not a queue, topic or function of the stack',
  ],
  [
    'a mapping of no function',
    {
      WorkMapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: 'walk' },
      },
    },
    'the template has no function walk',
  ],
  [
    'no mapping',
    { WorkMapping: { Type: 'AWS::S3::Bucket', Properties: {} } },
    'the template has no AWS::Lambda::EventSourceMapping',
  ],
  [
    'a reference to nothing',
    { Extra: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Missing' } } } },
    'the template refers to Missing, which it does not contain',
  ],
])('a stack does not start with %s', async (_, changes, message) => {
  await expect(startPuppets({}, changes)).rejects.toThrow(message);
});
