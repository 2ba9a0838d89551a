package demo

import "math"

// near is a point up to about km kilometres from p, more often close to it.
func near(d dice, p Place, km float64) Place {
	r, a := km*math.Sqrt(d.Float64())*d.real(.3, 1), d.Float64()*2*math.Pi
	return Place{
		Lat: round(p.Lat+r*math.Sin(a)/111.2, 5),
		Lng: round(p.Lng+r*math.Cos(a)/(111.2*math.Cos(p.Lat*math.Pi/180)), 5),
	}
}

// distance between two points in kilometres, over a sphere.
func distance(a, b Place) float64 {
	const rad = math.Pi / 180
	h := math.Pow(math.Sin((b.Lat-a.Lat)*rad/2), 2) +
		math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Pow(math.Sin((b.Lng-a.Lng)*rad/2), 2)
	return 2 * 6371 * math.Asin(math.Min(1, math.Sqrt(h)))
}
