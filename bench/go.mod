module github.com/unionhall/unionhall/bench

go 1.26.0

require github.com/unionhall/unionhall v0.0.0

replace github.com/unionhall/unionhall => ../
