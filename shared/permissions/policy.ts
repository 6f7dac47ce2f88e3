/** IAM policy documents, in AWS's own spelling. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Condition;
}

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Characters of a managed policy, of which IAM does not count white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const maxPolicyCharacters = 6144;

/** As few documents as possible, in order, each of which fits into a managed policy. A role can have ten of them. */
export const policyDocuments = (statements: readonly Statement[]): readonly PolicyDocument[] => {
  const documents: PolicyDocument[] = [];
  for (const statement of statements) {
    const last = documents.at(-1);
    const longer = policyDocument([...(last?.Statement ?? []), statement]);
    const fits = last !== undefined && lengthOf(longer) <= maxPolicyCharacters;
    if (fits) documents[documents.length - 1] = longer;
    else documents.push(policyDocument([statement]));
  }
  return documents;
};

export const policyDocument = (statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** Characters as IAM counts them, without white space. */
export const lengthOf = (document: PolicyDocument): number => JSON.stringify(document).length;
