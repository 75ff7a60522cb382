package synth

import "fmt"

// Area prefixes of the ID numbers. In GB/T 2260 the last two digits of a county-level
// code run 01–20 for districts, 21–80 for counties and 81–99 for
// county-level cities; no prefecture has ever reached 90. A number under such a
// prefix can be checked and dated like any other and was issued to nobody.
//
// Like real ones, numbers given before 周口 became a city in 2000 carry
// the prefecture's old 4127, later ones 4116.
const (
	prefixOld   = 412790 // born before 2000: 412790 … 412799
	prefixNew   = 411690 // born since: 411690 … 411699
	cityFounded = 2000
)

// prefixesAway are the like for those who married in from elsewhere.
var prefixesAway = []int{
	341299, 371799, 422899, 433199, 452799, 511399, 513499,
	522299, 522499, 532699, 533599, 612499, 622899, 620899,
}

// provincesAway names, for each of prefixesAway, where its people come from.
var provincesAway = []string{
	"安徽", "山东", "湖北", "湖南", "广西", "四川", "四川",
	"贵州", "贵州", "云南", "云南", "陕西", "甘肃", "甘肃",
}

const (
	daysUsed    = 365 // the 366th day of a leap year stays unused
	slotsPerDay = 500 // sequence numbers of one sex under one prefix and day
	maxPrefixes = 10
)

// identity places people on birth days and sequence numbers so that no number occurs
// twice, without remembering any: within one birth year and sex, a
// person's ordinal is carried by a bijection (multiplication by a prime, modulo the
// number of places) to a day, a prefix and a sequence number.
type identity struct {
	seed     uint64
	prefixes int // how many prefixes hold twice the county's households
}

func newIdentity(seed uint64, households int) (identity, error) {
	n := (2*households + daysUsed*slotsPerDay - 1) / (daysUsed * slotsPerDay)
	if n > maxPrefixes {
		return identity{}, fmt.Errorf("synth: %d households are more than the unassigned ID numbers can carry (%d)",
			households, maxPrefixes*daysUsed*slotsPerDay/2)
	}
	return identity{seed: mix(seed ^ streamIdentity), prefixes: max(n, 1)}, nil
}

// spot is a person's place among those of one birth year and sex.
type spot struct {
	month, day int
	prefix     int
	origin     string // the province of one who married in; else empty
	seq        int
}

// spotPrime is prime to every modulus in use (their factors are 2, 3, 5, 7, 73).
const spotPrime = 1_000_003

// spot places ordinal k (twice the household's ordinal, plus one for a second
// member of that sex and birth year).
func (id identity) spot(k, year int, female, away bool) spot {
	n := id.prefixes
	if away {
		n = len(prefixesAway)
	}
	places := uint64(n * daysUsed * slotsPerDay)
	shift := mix(id.seed ^ uint64(year)<<2 ^ b2u(female)<<1 ^ b2u(away))
	at := int((uint64(k)*spotPrime + shift%places) % places)
	s := spot{}
	s.month, s.day = monthDay(at % daysUsed)
	slot := at / daysUsed
	s.seq = slot % slotsPerDay * 2
	if !female {
		s.seq++
	}
	switch which := slot / slotsPerDay; {
	case away:
		s.prefix, s.origin = prefixesAway[which], provincesAway[which]
	case year < cityFounded:
		s.prefix = prefixOld + 9 - which
	default:
		s.prefix = prefixNew + 9 - which
	}
	return s
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// idNumber writes the 18 characters.
func (s spot) idNumber(year int) string {
	var b [18]byte
	digits(b[0:6], s.prefix)
	digits(b[6:10], year)
	digits(b[10:12], s.month)
	digits(b[12:14], s.day)
	digits(b[14:17], s.seq)
	b[17] = checkDigit(b[:17])
	return string(b[:])
}

// noIDNumber is the stand-in of the national system for a person without an ID number: 999999
// and, here, the village's last six digits and the household's ordinal. At most
// one person of a household has one.
func noIDNumber(village string, ordinal int) string {
	var b [18]byte
	digits(b[0:6], 999999)
	copy(b[6:12], village[len(village)-6:])
	digits(b[12:17], ordinal)
	b[17] = checkDigit(b[:17])
	return string(b[:])
}

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// checkDigit is the last character of an ID number (GB 11643-1999).
func checkDigit(b []byte) byte {
	sum := 0
	for i, w := range idWeights {
		sum += int(b[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// digits writes n into b, with leading zeros.
func digits(b []byte, n int) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// phone numbers a person's mobile. 154 and 164 were still held by no carrier when the
// 19x ranges had been handed out; a multiplier prime to 10^8 keeps the
// numbers apart and out of order. k is below 2·10^8.
func phone(k int) string {
	var b [11]byte
	head := 154
	if k&1 == 1 {
		head = 164
	}
	digits(b[0:3], head)
	digits(b[3:11], int((uint64(k>>1)*61_803_399+27_182_818)%100_000_000))
	return string(b[:])
}

// bankAccount is a 19-digit card number whose last digit is off by one to three, so
// that no card can bear it.
func bankAccount(d *draw, k int) string {
	var b [19]byte
	digits(b[0:6], 629991)
	digits(b[6:18], int((uint64(k)*61_803_399+31_415_926)%1_000_000_000_000))
	sum := 0
	for i := 17; i >= 0; i-- {
		n := int(b[i] - '0')
		if i%2 == 1 {
			n *= 2
			n = n/10 + n%10
		}
		sum += n
	}
	b[18] = byte('0' + (10-sum%10+d.between(1, 3))%10)
	return string(b[:])
}

// disabilityNumber is a certificate's: the ID number, category 1–7, grade 1–4; a
// re-issued one adds two characters.
func disabilityNumber(id string, category, grade int, reissued bool) string {
	s := id + string(rune('0'+category)) + string(rune('0'+grade))
	if reissued {
		s += "B1"
	}
	return s
}
