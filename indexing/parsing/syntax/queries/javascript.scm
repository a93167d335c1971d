(field_definition
  property: (_) @name
  value: [(arrow_function) (function_expression)]) @definition.method
(class_heritage [
  (identifier) @reference.inherit
  (member_expression property: (property_identifier) @reference.inherit)])
(field_definition) @bind
