# The desk: the agent’s page, and the customer’s phone beside it in the demo.

## The page

desk-title = المكتب
desk-title-both = المكتب والهاتف
desk-demo = عرض تجريبي
desk-signed-in = تسجيل الدخول باسم { $agent }
desk-requests = طلباتك
desk-history = سابقًا في هذه المناوبة
desk-empty = لم يُسأل أحد بعد.
desk-empty-hint = يظهر هنا الطلب الذي ترسله ويتابع العميل خطوة بخطوة.
desk-both = مكالمة واحدة من الجانبين
desk-step-ask = اسأل عميلًا
desk-step-tap = انقر على الرسالة في الهاتف
desk-step-decide = سجّل الدخول ثم اسمح أو ارفض
desk-step-see = شاهد الإجابة في المكتب
desk-still-watching = من دون نصوص برمجية تُحدَّث هذه الصفحة كل 5 ثوانٍ.
desk-still = من دون نصوص برمجية تعرض هذه الصفحة الحالة وقت فتحها.
desk-still-stop = أوقف ذلك لكتابة طلب جديد
desk-still-start = التحديث كل 5 ثوانٍ

## The form

desk-ask = اسأل عميلًا
desk-customer = العميل
desk-customer-hint = رقم هاتف مع رمز الدولة أو بريد إلكتروني أو معرّف المستخدم
desk-customers = عملاء العرض التجريبي
desk-not-verified = { $name }، غير موثّق
desk-guess-phone = يُقرأ كرقم هاتف
desk-guess-email = يُقرأ كبريد إلكتروني
desk-guess-user = يُقرأ كمعرّف مستخدم
desk-customer-type = يُحدَّد العميل بـ
desk-type-guess = حسب ما أكتبه
desk-type-phone = رقم هاتف
desk-type-email = بريد إلكتروني
desk-type-user = معرّف المستخدم
desk-send-by = الإرسال عبر
desk-channel-sms = رسالة نصية
desk-channel-email = البريد
desk-channel-link = رابط أو QR
desk-channel-code = رمز يُقرأ
desk-reference = الرقم المرجعي
desk-reference-hint = اقرأه بصوت عالٍ. يقارنه العميل أو يختاره.
desk-more = خيارات أخرى
desk-text = النص قبل الرابط
desk-text-default = نص المزوّد نفسه
desk-lifetime = مهلة الإجابة
desk-minutes = الدقائق: { $minutes }
desk-send = إرسال الطلب

## What is wrong with the form

desk-invalid-customer-missing = أدخل رقم هاتف العميل أو بريده أو معرّفه
desk-invalid-customer-malformed = هذا ليس رقم هاتف ولا بريدًا ولا معرّفًا
desk-invalid-country = أدخل الرقم مع رمز الدولة، مثل ‎+1 555 0100
desk-invalid-contact = اذكر كيف بدأ الحديث مع العميل
desk-invalid-reference-missing = أدخل رقمًا مرجعيًا يمكنك قراءته أو استخدم المقترح
desk-invalid-reference-long = عدد أحرف الرقم المرجعي { $length }. المسموح { $most } على الأكثر
desk-invalid-reference-character = لا يجوز أن يحتوي الرقم المرجعي على «{ $character }». المسموح: حروف لاتينية وأرقام و ‎- . _ + / ! ? #
desk-invalid-text-long = عدد أحرف النص { $length }. المسموح 160 على الأكثر
desk-invalid-text-malformed = يجب أن يكون النص سطرًا واحدًا
desk-invalid-form = هذا النموذج غير مكتمل. املأه مجددًا

## Why an order was not placed

desk-refused-many = لديك طلبات مفتوحة كثيرة. انتظر انتهاء بعضها أو اسحبها.
desk-refused-waiting = تنتظر هذا العميل طلبات كثيرة. انتظر حتى يُجاب عن أحدها أو تنتهي مدته.
desk-refused-late = لم يُجب المزوّد في الوقت المناسب. قد يكون العميل تلقّى رابطًا رغم ذلك؛ اسأله قبل إرسال آخر.
    .without-links = لم يُجب المزوّد في الوقت المناسب. قد يكون الطلب قد أُنشئ رغم ذلك. أرسله مرة أخرى.
desk-refused-away = يتعذّر الوصول إلى المزوّد. حاول بعد لحظة.
desk-refused-unknown = لا يعرف المزوّد عميلًا كهذا برقم هاتف أو بريد موثّق. راجع ما كتبته أو اختر قناة أخرى.
desk-refused-client = يرفض المزوّد هذا المكتب نفسه. يجب أن يفحص أحدهم عميله البرمجي ويشغّل ciba-login enable-ciba.
desk-refused-pace = يريد المزوّد طلبات أقل. انتظر دقيقة.
desk-refused-reason = رفض المزوّد الطلب: { $reason }
desk-refused-plain = رفض المزوّد الطلب من دون سبب.
desk-refused-odd = إجابة المزوّد غير مفهومة.
desk-refused-fault = في المكتب نفسه خلل. حاول بعد لحظة.

## A request

desk-way-sent = أُرسل
desk-way-opened = فُتح
desk-way-signed-in = سُجّل الدخول
desk-way-answered = أُجيب
desk-signed-in-by-mail = سجّل العميل الدخول ببريدنا الإلكتروني، لا لدى المزوّد. وهذا يثبت أقل.
desk-interrupted = منقطع
desk-interrupted-text = يتعذّر الوصول إلى المزوّد. يواصل المكتب المحاولة.
desk-answered = أُجيب
desk-answered-text = أجاب العميل. يُسأل المزوّد عن الإجابة.
desk-deciding = يقرّر
desk-deciding-text = سجّل العميل الدخول ويقرّر الآن.
desk-opened = فُتح
desk-opened-text = فتح العميل الطلب ويسجّل الدخول.
desk-waiting = في الانتظار
desk-waiting-text = أُرسل. في انتظار العميل.
desk-waiting-link = أعطِ العميل الرابط أو دعه يمسحه.
desk-waiting-code = اقرأ الرمز للعميل.
desk-report = يقول العميل إنه لا يتحدث معنا
desk-report-unproved = يقول شخص لديه الرابط ولم يسجّل الدخول إنه لا يتحدث معنا
    .without-links = يقول شخص لديه الرمز ولم يسجّل الدخول إنه لا يتحدث معنا
desk-wrong-reference = اختير في صفحة العميل رقم مرجعي غير رقمك
desk-report-advice = توقّف وتأكد مع من تتحدث.
desk-reported = مُبلَّغ عنه
desk-replaced = حلّ محله طلب أحدث.
desk-token = أكّد المزوّد ذلك. معرّف العميل
desk-whom = { $kind }، { $channel }
desk-kind-phone = رقم هاتف
desk-kind-email = بريد إلكتروني
desk-kind-user = معرّف مستخدم
desk-taken-phone = قُرئ كرقم هاتف
desk-taken-email = قُرئ كبريد إلكتروني
desk-taken-user = قُرئ كمعرّف مستخدم
desk-by-sms = برسالة نصية
desk-by-email = بالبريد
desk-by-link = برابط
desk-by-code = برمز
desk-until = حتى { $time }
desk-time-left = متبقٍ { $time }
desk-next-look = التحقق التالي بعد { $seconds } ث
desk-looking = جارٍ التحقق
desk-again = إعادة الإرسال
desk-withdraw = سحب الطلب
desk-link = رابط للعميل
desk-qr = رمز QR للرابط. يُفتح كبيرًا لشباك الخدمة
desk-spoken-code = رمز العميل
desk-spoken-code-how = يفتح العميل { $address } ويكتبه هناك.
desk-copy = نسخ
desk-copied = نُسخ
desk-open = فتح

## The counter

desk-counter-title = المسح بالهاتف
desk-counter-heading = امسح هذا بهاتفك
desk-counter-picture = رمز QR يفتح الطلب على هاتفك
desk-counter-reference = رقمك المرجعي
desk-counter-back = العودة إلى المكتب

## The customer’s phone, in the demo

desk-phone = هاتف العميل
desk-phone-hint = تفتح النقرة الصفحة الحقيقية في نافذة بحجم هاتف. لا يُرسَل شيء فعلًا: يحتفظ العرض التجريبي بكل رسالة.
desk-no-messages = لا رسائل بعد
desk-mail = البريد
desk-messages = الرسائل
desk-message-to = إلى { $to }
desk-code = الرمز

## Who called whom, the language of our text, and a page that is cut off

desk-contact = كيف بدأ الحديث
desk-contact-hint = تعرض صفحة العميل هذا له. اختر ما هو صحيح: به يعرف إن كان أحد ينتحل صفة غيره.
desk-contact-customer = اتصل العميل بنا
desk-contact-company = اتصلنا بالعميل
desk-contact-branch = وجهًا لوجه في أحد الفروع
desk-text-language = نصّنا قبل الرابط
desk-lost = انقطع الاتصال بالمكتب. قد لا تكون هذه الصفحة محدّثة، ونواصل المحاولة.
desk-reload = تحميل الصفحة من جديد
