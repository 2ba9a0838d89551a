package match

import "math"

// earthRadius is the mean radius in metres.
const earthRadius = 6371008.8

func (p Place) valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180
}

// Metres is the distance between two places along the sphere, within half a percent of the true one. It
// is the same in both directions.
func Metres(a, b Place) float64 {
	const rad = math.Pi / 180
	lat := math.Sin((b.Lat - a.Lat) * rad / 2)
	lon := math.Sin((b.Lon - a.Lon) * rad / 2)
	// The conversions keep the compiler from fusing the sum, which would round differently elsewhere.
	h := float64(lat*lat) + float64(math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*float64(lon*lon))
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}

// distance is -1 when either has no place.
func distance(a, b *Place) float64 {
	if a == nil || b == nil {
		return -1
	}
	return Metres(*a, *b)
}

// reaches reports whether an entry at home, willing to go reach metres, gets to there; d is the
// distance between them.
func reaches(reach, d float64) bool {
	return reach == Everywhere || reach > 0 && d >= 0 && d <= reach
}
