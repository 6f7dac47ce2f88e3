import { scheduled, startPuppets } from '../testing/puppets.ts';

it.each([
  [
    'a schedule that may not start its function',
    { OtherSchedule: scheduled({}) },
    'the rule OtherSchedule may not start the function sweep: the template holds no AWS::Lambda::Permission for it',
  ],
  [
    'a target of another kind',
    {
      SweepSchedule: scheduled({
        Targets: [{ Id: 'topic', Arn: 'arn:aws:kinesis:us-east-1:111122223333:stream/t' }],
      }),
    },
    'the rule SweepSchedule has a target that is no queue, no topic and no function of the stack',
  ],
  [
    'a mapping of no function',
    {
      WorkMapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: 'walk' },
      },
    },
    'the template holds no function walk',
  ],
  [
    'no mapping',
    { WorkMapping: { Type: 'AWS::S3::Bucket', Properties: {} } },
    'the template holds no AWS::Lambda::EventSourceMapping',
  ],
  [
    'a reference to nothing',
    { Extra: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Nobody' } } } },
    'the template refers to Nobody, which it does not hold',
  ],
])('a stack does not start with %s', async (_, changes, message) => {
  await expect(startPuppets({}, changes)).rejects.toThrow(message);
});
