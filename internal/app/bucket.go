package app

import (
	"errors"

	"github.com/unionhall/unionhall/internal/doctor"
)

// bucket opens the files for the doctor when a service keeps them; nil when the data folder does.
func (c Config) bucket() func() (doctor.Bucket, error) {
	if c.Files == "" {
		return nil
	}
	return func() (doctor.Bucket, error) {
		s, err := c.Blobs()
		var advice *Advice
		if errors.As(err, &advice) {
			return nil, errors.New(advice.Text)
		}
		if err != nil {
			return nil, err
		}
		return s.(doctor.Bucket), nil
	}
}
