(config_file (body (block
  (identifier) @name
  (string_lit (template_literal) @name)*) @definition.block))
(config_file (body (attribute (identifier) @name) @definition.key))
((block (identifier) @_locals (body (attribute (identifier) @name) @definition.key))
  (#eq? @_locals "locals"))

(comment) @lead

(function_call (identifier) @reference.call)
((block (identifier) @_module (body (attribute
  (identifier) @_source
  (expression (literal_value (string_lit (template_literal) @reference.import))))))
  (#eq? @_module "module") (#eq? @_source "source"))
