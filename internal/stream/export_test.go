package stream

// WithSettle bounds the opening of what cannot be opened.
var WithSettle = withSettle
