-- Amendments of the pack in force: proposed by one person, approved by another, in force from a day on. Owner: campaign.
CREATE TABLE amendments (
  county {text} NOT NULL, id {text} NOT NULL, state {text} NOT NULL, effective_on {text} NOT NULL, reason {text} NOT NULL, changes {text} NOT NULL,
  proposer {text} NOT NULL, proposer_post {text} NOT NULL, proposed_at {int} NOT NULL, idx {int} NOT NULL,
  settler {text} NOT NULL, settler_post {text} NOT NULL, settled_at {int} NOT NULL, settled_say {text} NOT NULL,
  pack_before {text} NOT NULL, pack_after {text} NOT NULL, plan_before {text} NOT NULL, plan_after {text} NOT NULL,
  switched_on {text} NOT NULL, switched_idx {int} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
