((element (start_tag (attribute
  (attribute_name) @_id
  (quoted_attribute_value (attribute_value) @title)))) @definition.section
  (#eq? @_id "id") (#set! flat))
((element (self_closing_tag (attribute
  (attribute_name) @_id
  (quoted_attribute_value (attribute_value) @title)))) @definition.section
  (#eq? @_id "id") (#set! flat))

(comment) @lead

((attribute
  (attribute_name) @_link
  (quoted_attribute_value (attribute_value) @reference.import))
  (#any-of? @_link "src" "href"))
