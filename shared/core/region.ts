/** A region of an AWS account: where parameters are. */
export interface AccountRegion {
  readonly accountId: string;
  readonly region: string;
}

/** A region of the partition "aws", the only one whose roles Google is known to trust. */
export const isAwsRegion = (region: string): boolean =>
  /^(?!cn-|us-gov-|us-iso|eusc-)[a-z]{2}(-[a-z]+)+-\d$/.test(region);
