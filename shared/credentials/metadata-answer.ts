import type { MetadataAnswer, MetadataQuestion } from './credential-server.ts';

/** A role's session: what a workload signs its requests with. */
export interface RoleSession {
  readonly roleName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Left out where the source does not tell. */
  readonly expiresAt?: Date;
  readonly loadedAt: Date;
}

/** An answer needs an end: AWS's own clients ask again before it. */
const unknownEndMilliseconds = 3_600_000;

const seconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** As EC2 answers it. */
const credentialsDocument = (session: RoleSession, nowMilliseconds: number): string =>
  JSON.stringify(
    {
      Code: 'Success',
      LastUpdated: seconds(session.loadedAt),
      Type: 'AWS-HMAC',
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: seconds(session.expiresAt ?? new Date(nowMilliseconds + unknownEndMilliseconds)),
    },
    null,
    2,
  );

const text = (body: string): MetadataAnswer => ({ status: 200, body });

export interface MetadataSource {
  readonly region: string;
  readonly nowMilliseconds: number;
  /** @throws where there is no session that is still valid */
  readonly session: () => Promise<RoleSession>;
}

/** Nothing valid to give: a client may well try again. */
const unavailable: MetadataAnswer = { status: 503, body: 'Service Unavailable' };

/** Why there is no session is told in the log, once, by whoever loads it. */
const ofSession = (
  { session }: MetadataSource,
  answer: (session: RoleSession) => MetadataAnswer,
): Promise<MetadataAnswer> => session().then(answer, () => unavailable);

/** Answers a question of a client that may ask. */
export const answerMetadata = async (
  question: MetadataQuestion,
  source: MetadataSource,
): Promise<MetadataAnswer> => {
  switch (question.kind) {
    case 'answered':
      return question.answer;
    case 'region':
      return text(source.region);
    case 'availability-zone':
      // Google's libraries take the last character off to have the region. The zone itself matters to nobody.
      return text(`${source.region}a`);
    case 'role-name':
      return ofSession(source, ({ roleName }) => text(roleName));
    case 'credentials':
      return ofSession(source, (session) =>
        session.roleName === question.roleName
          ? {
              ...text(credentialsDocument(session, source.nowMilliseconds)),
              headers: { 'content-type': 'application/json' },
            }
          : { status: 404, body: 'Not Found' },
      );
  }
};
