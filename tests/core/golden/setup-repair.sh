#!/bin/sh
# rolebridge setup --print gcloud: Google project acme-identity (123456789012), stage prod.
# ! Pool aws-roles is disabled.
# ! principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/subject/x has roles/viewer on acme-data today, and loses it.
# ! principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/subject/x has roles/viewer on reader@acme-data.iam.gserviceaccount.com today, and loses it.
set -eu

# In rolebridge.yml (gcloud cannot; "rolebridge setup" writes it as well):
#   mode: "upsert-only"

# undelete pool aws-roles
gcloud iam workload-identity-pools undelete aws-roles --project=acme-identity --location=global

# adopt pool aws-roles
gcloud iam workload-identity-pools update aws-roles \
  --project=acme-identity \
  --location=global \
  --description='cloud team'\''s | managed by rolebridge; owner 111122223333/prod; adopted'

# enable pool aws-roles
gcloud iam workload-identity-pools update aws-roles \
  --project=acme-identity \
  --location=global \
  --no-disabled

# undelete provider aws-111122223333
gcloud iam workload-identity-pools providers undelete aws-111122223333 \
  --project=acme-identity \
  --location=global \
  --workload-identity-pool=aws-roles

# correct provider aws-111122223333
# attribute.aws_role must be the ARN without its session; google.subject must stay below 128 bytes.
gcloud iam workload-identity-pools providers update-aws aws-111122223333 \
  --project=acme-identity \
  --location=global \
  --workload-identity-pool=aws-roles \
  --account-id=111122223333 \
  --attribute-mapping='^;^google.subject=assertion.userid.extract('\''{id}:'\'');attribute.aws_role=assertion.arn.extract('\''{account}assumed-role/'\'') + '\''assumed-role/'\'' + assertion.arn.extract('\''assumed-role/{role}/'\'');attribute.pair=assertion.account + '\'', '\'' + assertion.arn' \
  --attribute-condition=''

# enable provider aws-111122223333
gcloud iam workload-identity-pools providers update-aws aws-111122223333 \
  --project=acme-identity \
  --location=global \
  --workload-identity-pool=aws-roles \
  --no-disabled

# enable service account rolebridge@acme-identity.iam.gserviceaccount.com
gcloud iam service-accounts enable rolebridge@acme-identity.iam.gserviceaccount.com \
  --project=acme-identity

# undelete role rolebridgeEditor in project acme-data
gcloud iam roles undelete rolebridgeEditor --project=acme-data

# correct role rolebridgeEditor in project acme-data
gcloud iam roles update rolebridgeEditor \
  --project=acme-data \
  --permissions=iam.serviceAccounts.get \
  --stage=GA
