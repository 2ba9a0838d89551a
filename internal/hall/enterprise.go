package hall

import (
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Size is the statistical class of an enterprise.
type Size string

// The sizes: 微 小 中 大.
const (
	Micro  Size = "micro"
	Small  Size = "small"
	Medium Size = "medium"
	Large  Size = "large"
)

// Sizes are all sizes in the order in which forms offer them.
var Sizes = []Size{Micro, Small, Medium, Large}

// Industries are the codes an enterprise may have as its industry; "hall.industry.CODE" is its name.
var Industries = []string{
	"machinery", "automotive", "electronics", "electrical", "metal", "mould", "plastics", "chemical",
	"textile", "garment", "footwear", "food", "tea", "furniture", "paper", "building-materials",
	"construction", "coal", "energy", "shipbuilding", "medical", "instruments", "software", "logistics",
	"agriculture", "services", "other",
}

// Enterprise is an employer that a union serves.
type Enterprise struct {
	ID          string
	Name        string
	Licence     string // 统一社会信用代码; "" when not given
	Industry    string // one of Industries
	Size        Size
	Specialised bool // 专精特新
	UnionID     string
	UnionPath   string
	Address     string
	Place       Place
	Status      Status
	Created     time.Time
}

// Contact is a person who speaks for an enterprise.
type Contact struct {
	EnterpriseID string
	PersonID     string
	Title        string // what they are there: 设备科长
	Since        time.Time
}

// EnterpriseInput is what an officer gives to enter an enterprise.
type EnterpriseInput struct {
	Name        string
	Licence     string
	Industry    string
	Size        Size
	Specialised bool
	UnionID     string
	Address     string
	Place       Place
}

func (in EnterpriseInput) check() (Enterprise, error) {
	var c fault.Check
	e := Enterprise{
		Name: strings.TrimSpace(in.Name), Licence: tidyLicence(in.Licence),
		Industry: in.Industry, Size: in.Size, Specialised: in.Specialised, UnionID: in.UnionID,
		Address: strings.TrimSpace(in.Address), Place: in.Place, Status: Active,
	}
	checkLine(&c, "name", e.Name, 80)
	checkLength(&c, "address", e.Address, 120)
	if e.Licence != "" {
		checkLicence(&c, e.Licence)
	}
	c.That(slices.Contains(Industries, e.Industry), "industry", "hall.fault.choice")
	c.That(slices.Contains(Sizes, e.Size), "size", "hall.fault.choice")
	e.Place.check(&c)
	return e, c.Err()
}

// licenceDigits is the alphabet of GB 32100-2015: no I, O, S, V, Z.
const licenceDigits = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidLicence reports whether s is a unified social credit code: 18 characters, the last of which
// checks the others.
func ValidLicence(s string) bool {
	return len(s) == 18 && LicenceFrom(s[:17]) == s
}

// tidyLicence brings a code as it is typed or pasted to its normal form.
func tidyLicence(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(narrow(s)), ""))
}

// checkLicence says what is wrong with a code in normal form, as exactly as can be known: whoever copied it can then
// look at the right place.
func checkLicence(c *fault.Check, s string) {
	for _, r := range s {
		if !strings.ContainsRune(licenceDigits, r) {
			c.Add("licence", "hall.fault.licence-letter", "letter", string(r))
			return
		}
	}
	if n := len(s); n != 18 {
		c.Add("licence", "hall.fault.licence-length", "n", n)
		return
	}
	c.That(ValidLicence(s), "licence", "hall.fault.licence")
}

// LicenceFrom completes 17 characters with their check character; "" when they are not of the
// alphabet.
func LicenceFrom(first17 string) string {
	if len(first17) != 17 {
		return ""
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(licenceDigits, first17[i])
		if v < 0 {
			return ""
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return first17 + string(licenceDigits[(31-sum%31)%31])
}
