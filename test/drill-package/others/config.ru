# For Puma.
run lambda { |env|
  env['rack.input'].read
  [200, { 'content-length' => '6' }, ["hello\n"]]
}
