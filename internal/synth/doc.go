// Package synth makes a county that does not exist, to try the real one's
// machinery on: households, their people, the export of the national system
// they would come in by, what an inspector would find at each door and who
// stands there when.
//
// The same options give the same bytes on every machine. To keep that promise
// the package owns its random numbers (PCG, reduced to a range by its own
// arithmetic), uses integers only and never walks a map. A household is made
// from its village's seed and its own ordinal alone, so that any one household
// can be made again without the others and a county of 1.25 million people
// streams through a few kilobytes.
//
// Nobody in it is a person:
//   - ID numbers carry area codes that GB/T 2260 never assigned (see number.go)
//     with correct check digits and true-to-life birth dates, because the
//     logic under test reads both;
//   - mobile numbers lie in the 154 and 164 ranges, which no carrier holds;
//   - bank accounts fail the check digit that every card carries;
//   - names are drawn from frequency lists and belong to nobody in particular.
//
// It knows no database, no clock, no file and no pack: it imports nothing of
// the project. Labels, names of code-list entries and fact codes that it must
// share with the pack stand together in column.go and fact.go and are
// checked against packs/ by this package's tests. The proportions follow
// published figures of Henan where there are any and are estimates elsewhere;
// nothing here describes the real Shenqiu.
package synth
