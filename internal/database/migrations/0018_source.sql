-- Where a problem comes from beside the inspection (考核、督查、审计、信访、舆情); one problem can have many sources. idx is the act that entered it. Owner: problem.
CREATE TABLE problem_sources (
  county {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, source {text} NOT NULL, year {int} NOT NULL, reference {text} NOT NULL, organ {text} NOT NULL, found_on {text} NOT NULL,
  PRIMARY KEY (county, problem, idx)
) {clustered};
CREATE INDEX problem_sources_cut ON problem_sources (county, source, year, problem);
-- Problems with one cause (同因问题). rev counts what changed of it; its members are the problems whose cluster it is. Owner: problem.
CREATE TABLE clusters (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, name {text} NOT NULL, cause {text} NOT NULL, item {text} NOT NULL, rev {int} NOT NULL,
  founded_on {text} NOT NULL, founded_by {text} NOT NULL,
  PRIMARY KEY (county, key)
) {clustered};
CREATE UNIQUE INDEX clusters_id ON clusters (county, id);
-- Every time that one fix was signed for several members. Owner: problem.
CREATE TABLE cluster_fixes (
  county {text} NOT NULL, cluster {int} NOT NULL, idx {int} NOT NULL, result {text} NOT NULL, mended_on {text} NOT NULL, members {int} NOT NULL, by_post {text} NOT NULL,
  PRIMARY KEY (county, cluster, idx)
) {clustered};
-- What the office looked at and found not to be the same. other is another problem's key (not the same problem), or 0 (no common cause with its neighbours). Owner: problem.
CREATE TABLE problem_distincts (
  county {text} NOT NULL, problem {int} NOT NULL, other {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, problem, other)
) {clustered};
CREATE INDEX problems_cluster ON problems (county, cluster, key) WHERE cluster <> '';
CREATE INDEX problems_merged ON problems (county, merged_into, key) WHERE merged_into <> '';
