-- The drive itself: the packs installed, the one in force, its days, and the cut-offs of its reports. Owner: campaign.
CREATE TABLE packs (
  county {text} NOT NULL, digest {text} NOT NULL, version {text} NOT NULL, idx {int} NOT NULL, doc {blob} NOT NULL,
  PRIMARY KEY (county, digest)
) {strict};
CREATE TABLE campaigns (
  county {text} NOT NULL, id {text} NOT NULL, title {text} NOT NULL, pack {text} NOT NULL, cut_off {text} NOT NULL, first_on {text} NOT NULL, last_on {text} NOT NULL,
  plan {text} NOT NULL, opened_at {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
CREATE TABLE cut_offs (
  county {text} NOT NULL, reported_on {text} NOT NULL, due_at {int} NOT NULL, frozen_at {int} NOT NULL, idx {int} NOT NULL, log_size {int} NOT NULL, digest {text} NOT NULL,
  PRIMARY KEY (county, reported_on)
) {clustered};
-- A frozen report's canonical JSON, by its hash. Owner: report.
CREATE TABLE frozen_reports (
  county {text} NOT NULL, digest {text} NOT NULL, kind {text} NOT NULL, reported_on {text} NOT NULL, doc {blob} NOT NULL,
  PRIMARY KEY (county, digest)
) {strict};
