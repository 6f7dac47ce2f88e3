#!/bin/sh
# rolebridge setup --print gcloud: Google project acme-identity (123456789012), stage prod.
# ! --opt-in-project acme-data lets rolebridge rewrite the allow policy of EVERY service account of acme-data, those made later included. Whoever controls rolebridge can then act as any of them. --opt-in gives one account alone.
set -eu

# A pool, role or service account that was just made is not known everywhere at once.
patiently() {
  for pause in 5 10 20 40; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}

# In rolebridge.yml (gcloud cannot; "rolebridge setup" writes it as well):
#   google.projectNumber: "123456789012"
#   accounts[0].provider: "aws-111122223333"

# enable APIs
gcloud services enable iam.googleapis.com sts.googleapis.com iamcredentials.googleapis.com cloudresourcemanager.googleapis.com \
  --project=acme-identity

# create pool aws-roles
# For rolebridge alone: every aws_role member of it is rolebridge's.
gcloud iam workload-identity-pools create aws-roles \
  --project=acme-identity \
  --location=global \
  --description='managed by rolebridge; owner 111122223333/prod'

# create provider aws-111122223333 for AWS account 111122223333
# attribute.aws_role must be the ARN without its session; google.subject must stay below 128 bytes.
# The condition admits the account's assumed roles alone.
gcloud iam workload-identity-pools providers create-aws aws-111122223333 \
  --project=acme-identity \
  --location=global \
  --workload-identity-pool=aws-roles \
  --account-id=111122223333 \
  --attribute-mapping='google.subject=assertion.userid.extract('\''{id}:'\''),attribute.aws_role=assertion.arn.extract('\''{account}assumed-role/'\'') + '\''assumed-role/'\'' + assertion.arn.extract('\''assumed-role/{role}/'\'')' \
  --attribute-condition='assertion.arn.startsWith('\''arn:aws:sts::111122223333:assumed-role/'\'')'

# create service account rolebridge@acme-identity.iam.gserviceaccount.com
gcloud iam service-accounts create rolebridge --project=acme-identity --display-name=rolebridge

# let the AWS role rolebridge-prod-reconcile act as rolebridge@acme-identity.iam.gserviceaccount.com
patiently gcloud iam service-accounts add-iam-policy-binding rolebridge@acme-identity.iam.gserviceaccount.com \
  --project=acme-identity \
  --role=roles/iam.workloadIdentityUser \
  --member=principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/rolebridge-prod-reconcile \
  --condition=None

# let the AWS role rolebridge-prod-sweep act as rolebridge@acme-identity.iam.gserviceaccount.com
patiently gcloud iam service-accounts add-iam-policy-binding rolebridge@acme-identity.iam.gserviceaccount.com \
  --project=acme-identity \
  --role=roles/iam.workloadIdentityUser \
  --member=principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/rolebridge-prod-sweep \
  --condition=None

# create role rolebridgePoolReader in project acme-identity
gcloud iam roles create rolebridgePoolReader \
  --project=acme-identity \
  --title='rolebridge pool reader' \
  --permissions=iam.workloadIdentityPools.get \
  --stage=GA

# create role rolebridgeLister in project acme-data
gcloud iam roles create rolebridgeLister \
  --project=acme-data \
  --title='rolebridge lister' \
  --permissions=iam.serviceAccounts.list,iam.serviceAccounts.getIamPolicy \
  --stage=GA

# create role rolebridgeEditor in project acme-data
gcloud iam roles create rolebridgeEditor \
  --project=acme-data \
  --title='rolebridge editor' \
  --permissions=iam.serviceAccounts.get,iam.serviceAccounts.getIamPolicy,iam.serviceAccounts.setIamPolicy \
  --stage=GA

# grant rolebridgePoolReader on project acme-identity
patiently gcloud projects add-iam-policy-binding acme-identity \
  --role=projects/acme-identity/roles/rolebridgePoolReader \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None

# grant rolebridgeLister on project acme-data
patiently gcloud projects add-iam-policy-binding acme-data \
  --role=projects/acme-data/roles/rolebridgeLister \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None

# grant rolebridgeEditor on the WHOLE project acme-data
patiently gcloud projects add-iam-policy-binding acme-data \
  --role=projects/acme-data/roles/rolebridgeEditor \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None

# grant rolebridgeEditor on reader@acme-data.iam.gserviceaccount.com
patiently gcloud iam service-accounts add-iam-policy-binding reader@acme-data.iam.gserviceaccount.com \
  --project=acme-data \
  --role=projects/acme-data/roles/rolebridgeEditor \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None
