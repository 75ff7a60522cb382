-- What a finding said before it was corrected, so that an earlier report reads as it did; '' where nothing was corrected, or where the content is a field group
-- (no report tells that). Owner: problem.
ALTER TABLE problem_standings ADD COLUMN say {text} NOT NULL DEFAULT '';
