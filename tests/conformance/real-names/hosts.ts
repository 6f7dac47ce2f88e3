/** The host names that the sealed network knows: those of AWS and Google that the functions, boot/fetch and clients use. */
const regions = ['us-east-1', 'eu-west-1'];

export const awsHosts: readonly string[] = [
  // IAM is global: its only endpoint is in no region.
  'iam.amazonaws.com',
  ...['dynamodb', 'events', 'sqs', 'ssm', 'sts'].flatMap((service) =>
    regions.map((region) => `${service}.${region}.amazonaws.com`),
  ),
];

export const bigQueryHost = 'bigquery.googleapis.com';

export const googleHosts: readonly string[] = ['iam', 'iamcredentials', 'sts'].map(
  (api) => `${api}.googleapis.com`,
);

export const allHosts: readonly string[] = [...awsHosts, ...googleHosts, bigQueryHost];

/** The address at which EC2 serves an instance's metadata. */
export const metadataAddress = '169.254.169.254';
